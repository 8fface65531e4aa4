import { expect, test } from 'vitest';
import { breakLines, shorten, widthOf } from './text';

test('Han letters are as wide as they are high', () => {
	expect(widthOf('费用', 10)).toBe(20);
	expect(widthOf('12', 10)).toBeLessThan(widthOf('费用', 10));
	expect(widthOf('', 10)).toBe(0);
});

test('a text that does not fit ends with an ellipsis and fits', () => {
	expect(shorten('short', 100)).toBe('short');
	const cut = shorten('a rather long name of a project', 100);
	expect(cut).toMatch(/^a rather .*…$/);
	expect(widthOf(cut)).toBeLessThanOrEqual(100);
	expect(shorten('anything', 0)).toBe('…');
});

test('lines break at spaces, and between Han letters', () => {
	const check = (text: string, room: number, lines: string[]) =>
		expect(breakLines(text, room, 10)).toEqual(lines);
	check('', 100, []);
	check('one two', 100, ['one two']);
	check('one two three', 40, ['one two', 'three']);
	check('unbreakable', 10, ['unbreakable']);
	check('费用最高', 20, ['费用', '最高']);
});
