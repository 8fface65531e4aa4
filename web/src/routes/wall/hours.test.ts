import { expect, test } from 'vitest';
import type { TrendStats } from '$lib/api/types';
import { present } from '../../testing/now';
import { hoursOf, hoursOfToday } from './hours';

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

test('the hours of the present state keep their certainty, and the last ones are not over', () => {
	const hour = (start_at: string, cost_usd: number | null) => ({
		start_at,
		cost_usd,
		certainty: cost_usd === null ? ('unknown' as const) : ('at_least' as const),
		previous_cost_usd: 4,
		previous_certainty: 'exact' as const
	});
	const now = present({});
	const before = new Date(Date.parse(now.meta.generated_at) - 2 * 3_600_000).toISOString();
	const hours = hoursOfToday({
		meta: now.meta,
		hours: [hour(before, 2), hour(now.meta.generated_at, null)]
	});
	expect(hours.map(({ height, certainty, partial }) => [height, certainty, partial])).toEqual([
		[0.5, 'at_least', false],
		[0, 'unknown', true]
	]);
});
