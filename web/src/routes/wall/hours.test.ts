import { expect, test } from 'vitest';
import type { TrendStats } from '$lib/api/types';
import { hoursOf } from './hours';

const trend = (totals: (number | null)[], previous: (number | null)[] | null) =>
	({
		buckets: totals.map((_, hour) => `2026-03-10T0${hour}:00:00Z`),
		totals,
		previous,
		partial: [totals.length - 1]
	}) as unknown as TrendStats;

test('heights are shares of the largest hour of both days', () => {
	const hours = hoursOf(trend([1, 2], [4, 0]));
	expect(hours.map(({ height, previousHeight }) => [height, previousHeight])).toEqual([
		[0.25, 1],
		[0.5, 0]
	]);
	expect(hours.map(({ partial }) => partial)).toEqual([false, true]);
});

test('an unknown hour is not zero, and has no height', () => {
	const [first, second] = hoursOf(trend([null, 0], null));
	expect([first?.cost, first?.height, first?.previous]).toEqual([null, 0, null]);
	expect([second?.cost, second?.height]).toEqual([0, 0]);
});
