import { expect, test } from 'vitest';
import { drawSpark } from './spark';

const check = (values: (number | null)[], line: string | undefined) =>
	expect(drawSpark(values)?.line).toBe(line);

test('a line goes from the first value to the last, from zero to the highest', () =>
	check([0, 2, 1], 'M0,31L50,2L100,16.5'));

test('the line goes over the unknown', () => check([2, null, 0, 2], 'M0,2L66.67,31L100,2'));

test('a single value is no line', () => {
	check([], undefined);
	check([null, 3], undefined);
});

test('nothing used is a flat line', () => check([0, 0], 'M0,31L100,31'));

test('the end is the last known value', () => expect(drawSpark([0, 2, null])?.end).toBe('M50,2h0'));

test('values below zero are below the others', () => check([-1, 1], 'M0,31L100,2'));
