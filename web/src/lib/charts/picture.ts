/**
 * A figure as a PNG file: heading, caption, drawing and legend, twice as large as on the screen.
 *
 * The browser's own renderer draws it: the SVG is copied with its styles resolved, made an image
 * and drawn on a canvas. The image is a `data:` URL, which the content security policy has to
 * allow for images (`img-src 'self' data:`). The file is handed over as a `blob:` URL, which no
 * directive governs, because nothing is loaded from it.
 */

import { saveFile } from '$lib/ui/save';
import { breakLines, widthOf } from './text';

const SVG = 'http://www.w3.org/2000/svg';
const SCALE = 2;
const PAD_PX = 24;
const HEADING_PX = 17;
const TEXT_PX = 13;
const LINE_PX = 18;
const KEY_GAP_PX = 20;

/**
 * The styles that make a difference to a drawing. All of them can be written as attributes, which
 * no content security policy governs.
 */
const STYLES = [
	'fill',
	'fill-opacity',
	'stroke',
	'stroke-width',
	'stroke-dasharray',
	'stroke-linecap',
	'stroke-linejoin',
	'paint-order',
	'opacity',
	'font-size',
	'font-weight',
	'text-anchor',
	'shape-rendering'
] as const;

export interface PictureWords {
	heading: string;
	caption: string;
}

/** Returns the figure as a drawing by itself. */
export function pictureOf(figure: HTMLElement, { heading, caption }: PictureWords): SVGSVGElement {
	const drawing = figure.querySelector<SVGSVGElement>('.chart svg');
	if (!drawing) throw new Error('the figure shows no drawing');
	const inner = Number(drawing.getAttribute('width'));
	const width = inner + 2 * PAD_PX;
	const picture = create('svg', { xmlns: SVG, 'font-family': getComputedStyle(figure).fontFamily });
	const colour = (name: string) => resolve(figure, name);

	const write = (text: string, y: number, more: Record<string, string | number>) => {
		const line = create('text', {
			x: PAD_PX,
			y,
			'font-size': TEXT_PX,
			fill: colour('--text'),
			...more
		});
		line.textContent = text;
		picture.append(line);
	};

	let y = PAD_PX + HEADING_PX;
	write(heading, y, { 'font-size': HEADING_PX, 'font-weight': 600 });
	for (const line of breakLines(caption, inner, TEXT_PX)) {
		y += LINE_PX;
		write(line, y, { fill: colour('--text-muted') });
	}

	y += LINE_PX;
	picture.append(copy(drawing, { x: PAD_PX, y }));
	y += Number(drawing.getAttribute('height')) + LINE_PX;

	let x = PAD_PX;
	for (const key of figure.querySelectorAll('[data-key]')) {
		const mark = key.querySelector('svg');
		const text = [...key.querySelectorAll('span')].map((part) => part.textContent).join('  ');
		const room = 18 + widthOf(text, TEXT_PX) + KEY_GAP_PX;
		if (x > PAD_PX && x + room > width - PAD_PX + KEY_GAP_PX) {
			x = PAD_PX;
			y += LINE_PX + 2;
		}
		if (mark) picture.append(copy(mark, { x, y: y - 10 }));
		write(text, y, { x: x + 18 });
		x += room;
	}

	const height = y + PAD_PX - LINE_PX / 2;
	for (const [name, value] of Object.entries({
		width,
		height,
		viewBox: `0 0 ${width} ${height}`
	})) {
		picture.setAttribute(name, String(value));
	}
	picture.prepend(create('rect', { width, height, fill: colour('--surface') }));
	return picture;
}

/** Saves the figure as a file that is named after it. */
export async function savePicture(figure: HTMLElement, words: PictureWords) {
	const picture = pictureOf(figure, words);
	const image = new Image();
	const text = new XMLSerializer().serializeToString(picture);
	image.src = `data:image/svg+xml;charset=utf-8,${encodeURIComponent(text)}`;
	await image.decode();
	const canvas = document.createElement('canvas');
	canvas.width = Number(picture.getAttribute('width')) * SCALE;
	canvas.height = Number(picture.getAttribute('height')) * SCALE;
	canvas.getContext('2d')?.drawImage(image, 0, 0, canvas.width, canvas.height);
	const blob = await new Promise<Blob | null>((done) => canvas.toBlob(done));
	if (!blob) throw new Error('the picture is too large for this browser');
	saveFile(blob, `${fileName(words.heading)}.png`);
}

/** Returns `heading` as the name of a file. */
export function fileName(heading: string): string {
	return heading
		.replace(/[^\p{L}\p{N}]+/gu, '-')
		.replace(/^-|-$/g, '')
		.toLowerCase();
}

function create(name: string, attributes: Record<string, string | number>): SVGSVGElement {
	const element = document.createElementNS(SVG, name) as SVGSVGElement;
	for (const [key, value] of Object.entries(attributes)) element.setAttribute(key, String(value));
	return element;
}

/** Returns a copy of `drawing` that looks the same without the page's styles. */
function copy(drawing: SVGSVGElement, attributes: Record<string, number>): SVGSVGElement {
	const result = drawing.cloneNode(true) as SVGSVGElement;
	const originals = [drawing, ...drawing.querySelectorAll<SVGElement>('*')];
	const copies = [result, ...result.querySelectorAll<SVGElement>('*')];
	for (const [index, original] of originals.entries()) {
		const style = getComputedStyle(original);
		copies[index]?.removeAttribute('class');
		copies[index]?.removeAttribute('style');
		for (const name of STYLES) copies[index]?.setAttribute(name, style.getPropertyValue(name));
	}
	for (const [name, value] of Object.entries(attributes)) result.setAttribute(name, String(value));
	return result;
}

/** Returns the colour that a custom property stands for within `element`. */
function resolve(element: HTMLElement, name: string): string {
	const probe = element.appendChild(document.createElement('span'));
	probe.style.color = `var(${name})`;
	const { color } = getComputedStyle(probe);
	probe.remove();
	return color;
}
