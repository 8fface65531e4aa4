import { describe, expect, test } from 'vitest';
import { everyNth, roomFor, valueAxis } from './scale';

describe('an axis', () => {
	const range = [200, 0] as const;
	const check = (lowest: number, highest: number, values: number[], more = {}) =>
		expect(valueAxis(lowest, highest, { range, ...more }).ticks.map(({ value }) => value)).toEqual(
			values
		);

	test('begins with zero and ends with a round number', () => check(3, 7.3, [0, 2, 4, 6, 8]));
	test('reaches below zero where values do', () => check(-3, 7, [-4, -2, 0, 2, 4, 6, 8]));
	test('ends with zero where all values are below it', () => check(-3, -1, [-3, -2, -1, 0]));
	test('shows nothing but zero without any other value', () => {
		check(0, 0, [0]);
		expect(valueAxis(0, 0, { range }).at(0)).toBe(200);
	});
	test('has no halves of what is counted', () => {
		check(0, 1, [0, 0.2, 0.4, 0.6, 0.8, 1]);
		check(0, 1, [0, 1], { whole: true });
	});
	test('ends at the given end', () => {
		check(0, 0.3, [0, 0.2, 0.4, 0.6, 0.8, 1], { end: 1 });
		expect(valueAxis(0, 0.3, { range, end: 1 }).at(1)).toBe(0);
	});
	test('has fewer values where it is short', () => check(0, 10, [0, 5, 10], { range: [80, 0] }));
});

test('positions are spread from the last one', () => {
	expect(everyNth(10, 3)).toEqual([9, 5, 1]);
	expect(everyNth(3, 10)).toEqual([2, 1, 0]);
	expect(everyNth(1, 0)).toEqual([0]);
	expect(everyNth(0, 5)).toEqual([]);
});

test('labels get at least the room that they need', () => {
	expect(roomFor([])).toBe(34);
	expect(roomFor(['$1,000,000'])).toBeGreaterThan(60);
});
