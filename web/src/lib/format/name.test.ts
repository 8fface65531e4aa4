import { expect, test } from 'vitest';
import { printable } from './name';

const check = (name: string, expected: string) => expect(printable(name)).toBe(expected);

test('what cannot be seen is shown by its number', () => {
	check('cod\u202egpj.exe', 'cod\\u{202e}gpj.exe');
	check('ad\u200bmin\u2060\ufeff\u00ad', 'ad\\u{200b}min\\u{2060}\\u{feff}\\u{ad}');
	check('a\u2028b\nc\u001b[31m', 'a\\u{2028}b\\u{a}c\\u{1b}[31m');
	check('a\u{e0041}\u3164\ufe0f', 'a\\u{e0041}\\u{3164}\\u{fe0f}');
});

test('names of every language stay as they are', () => {
	for (const name of ['/home/u/日本\u3000語', 'e\u0301te\u0301', 'שלום', 'مرحبا', 'हिन्दी'])
		check(name, name);
});

test('emoji stay whole and hide nothing', () => {
	for (const name of ['\u2764\ufe0f app', '\u{1f469}\u{1f3fd}\u200d\u{1f4bb}']) check(name, name);
	check('\u{1f680}\u200dx', '\u{1f680}\\u{200d}x');
	check('x\u200d\u{1f680}', 'x\\u{200d}\u{1f680}');
});
