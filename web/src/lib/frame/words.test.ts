import { expect, test } from 'vitest';
import { Formatter } from '$lib/format/format';
import { readSelection } from '$lib/state/filter';
import { selectionWords, zoneWords } from './words';

const format = new Formatter('en', 'UTC');
const options = { labelOf: (_: unknown, value: string) => value.toUpperCase() };

function check(query: string, expected: string) {
	const { selection } = readSelection(new URL(`http://localhost/?${query}`), {});
	const words = selectionWords(selection, format, options);
	expect(words.replace(/\s/g, ' ')).toBe(expected);
}

test('the filter is described in one line', () => {
	check('range=7d', '7 days · All projects');
	check('range=last-month', 'Last month · All projects');
	check('range=all&project=a&project=b&project=c', 'All · A +2');
	check('from=2026-01-02&to=2026-01-05&model=m', 'Jan 2 – 5, 2026 · All projects · M');
	check('range=today&home=s', 'Today · All projects · S');
	check('range=7d&sidechain=true', '7 days · All projects · Subagents');
	check('range=7d&sidechain=false', '7 days · All projects · Main conversations');
});

test('a long zone can be broken', () =>
	expect(zoneWords('America/Argentina/Buenos_Aires')).toBe(
		'America/\u200bArgentina/\u200bBuenos Aires'
	));
