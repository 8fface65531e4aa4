import { expect, test } from 'vitest';
import { fileName, pictureOf } from './picture';

/** Returns a figure with a drawing and a legend. */
function figure(html: string): HTMLElement {
	const element = document.createElement('figure');
	element.innerHTML = html;
	document.body.append(element);
	return element;
}

const DRAWING = `
	<div class="chart"><svg width="300" height="100"><path class="line" d="M0,0" style="fill: red" /></svg></div>
	<ul>
		<li data-key><svg width="11" height="11"></svg><span>Model A</span><span>$0.75</span></li>
		<li data-key><svg width="11" height="11"></svg><span>${'A very long name '.repeat(3)}</span></li>
	</ul>`;

test('a picture has the heading, the caption in lines, the drawing, and the legend', () => {
	const picture = pictureOf(figure(DRAWING), {
		heading: 'Cost',
		caption: 'A caption that is too long for one line of a picture that is only as wide as this.'
	});
	const texts = [...picture.children]
		.filter(({ tagName }) => tagName === 'text')
		.map(({ textContent }) => textContent);
	expect(texts[0]).toBe('Cost');
	expect(texts.length).toBeGreaterThan(4);
	expect(texts).toContain('Model A  $0.75');
	expect(picture.querySelectorAll('svg')).toHaveLength(3);
	expect(picture.getAttribute('width')).toBe('348');
	expect(Number(picture.getAttribute('height'))).toBeGreaterThan(200);
});

test('styles are attributes, which no policy forbids', () => {
	const picture = pictureOf(figure(DRAWING), { heading: 'Cost', caption: '' });
	const path = picture.querySelector('path');
	expect(path?.getAttribute('fill')).toBe('red');
	expect(path?.hasAttribute('class')).toBe(false);
	expect(picture.querySelectorAll('[style]')).toHaveLength(0);
});

test('a figure without a drawing has no picture', () =>
	expect(() => pictureOf(figure('<table></table>'), { heading: '', caption: '' })).toThrow());

test('a file is named after its figure', () => {
	expect(fileName('Cost per day, by model')).toBe('cost-per-day-by-model');
	expect(fileName('每日费用(按模型)')).toBe('每日费用-按模型');
});
