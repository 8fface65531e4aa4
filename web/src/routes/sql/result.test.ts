import { expect, test } from 'vitest';
import { cellText, isNumeric } from './result';

const result = {
	columns: ['a', 'b', 'c', 'd'],
	rows: [
		[1, 'x', null, null],
		[2.5, 3, 4, null]
	],
	cut: null,
	data_version: 1
};

test('a column is numeric if all of its values are numbers', () => {
	expect([0, 1, 2, 3].map((column) => isNumeric(result, column))).toEqual([
		true,
		false,
		true,
		false
	]);
});

test('values are written in full; NULL is no empty text', () => {
	const write = (value: string | number | null) => cellText(value, 'en-US');
	expect(write(null)).toBe('NULL');
	expect(write('')).toBe('');
	expect(write(1234567890123)).toBe('1234567890123');
	expect(write(0.1 + 0.2)).toBe('0.3');
	expect(write('a\u0007b')).not.toContain('\u0007');
});
