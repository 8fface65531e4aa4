import { describe, expect, test } from 'vitest';
import type { Day } from '$lib/api/types';
import { dailyStats, meta, usage } from '../../testing/answers';
import {
	dailyColumns,
	dayColumns,
	isUnknown,
	isAllBlank,
	peakOf,
	trendColumns,
	type Trend
} from './columns';
import { modelsOf, OTHER_SLOT } from './slots';

const daily = dailyStats([
	{ date: '2026-01-01', models: { a: usage(1, 0.5), b: usage(3, null) } },
	{ date: '2026-01-02', models: {} },
	{ date: '2026-01-03', models: { b: usage(2, null), c: usage(5, 0.25), d: usage(1, 0.25) } }
]);
const slots = new Map([
	['b', 1],
	['a', 2]
]);
const names = { labelOf: (key: string) => key.toUpperCase(), other: 'Other' };

const exact = { least: new Set(), certainty: 'exact' };

describe('days', () => {
	test('have series by slot, and the rest is one series', () => {
		const columns = dailyColumns(daily, 'total_tokens', slots, names);
		expect(columns.points).toEqual(['2026-01-01', '2026-01-02', '2026-01-03']);
		expect(columns.series).toEqual([
			{ key: 'b', label: 'B', slot: 1, values: [3, 0, 2], total: 5, ...exact },
			{ key: 'a', label: 'A', slot: 2, values: [1, 0, 0], total: 1, ...exact },
			{ key: null, label: 'Other', slot: OTHER_SLOT, values: [0, 0, 6], total: 6, ...exact }
		]);
		expect([columns.totals, columns.total]).toEqual([[4, 0, 8], 12]);
	});

	test('keep what is unknown unknown, and cost nothing without use', () => {
		const { series } = dailyColumns(daily, 'cost_usd', slots, names);
		expect(series[0]).toMatchObject({ key: 'b', values: [null, 0, null], total: null });
		expect(series[2]?.values).toEqual([0, 0, 0.5]);
	});

	test('without data are blank, and a lower bound is one', () => {
		const [first, second, third] = daily.days as [Day, Day, Day];
		const nothing = { ...usage(0, null), unpriced_tokens: 0 };
		const days = [
			{ ...second, ...nothing },
			second,
			{ ...first, certainty: 'at_least' as const },
			third
		];
		const columns = dailyColumns({ ...daily, days }, 'total_tokens', slots, names);
		expect([...(columns.blank ?? [])]).toEqual([0]);
		expect(columns.totals.slice(0, 2)).toEqual([null, 0]);
		expect(columns.least.size).toBe(0);
		const costs = dailyColumns({ ...daily, days }, 'cost_usd', slots, names);
		expect([...costs.least]).toEqual([2]);
	});

	test('a series with an unpriced part is a lower bound, on its days and in all', () => {
		const bound = { ...usage(2, 1), certainty: 'at_least' as const };
		const part = dailyStats([
			{ date: '2026-01-01', models: { a: bound, b: usage(1, 1) } },
			{ date: '2026-01-02', models: { a: usage(1, 1), b: usage(1, 1) } }
		]);
		const { series } = dailyColumns(part, 'cost_usd', slots, names);
		expect(series.map(({ key, least, certainty }) => [key, [...least], certainty])).toEqual([
			['b', [], 'exact'],
			['a', [0], 'at_least']
		]);
	});

	test('without any there are no series', () => {
		const columns = dailyColumns(dailyStats([]), 'cost_usd', slots, names);
		expect([columns.points, columns.series]).toEqual([[], []]);
	});

	test('models are listed once, as they first appear', () =>
		expect(modelsOf(daily)).toEqual(['a', 'b', 'c', 'd']));
});

test('a trend is blank before the first day with data', () => {
	const columns = trendColumns(
		{
			bucket: 'day',
			buckets: ['2026-01-01', '2026-01-02', '2026-01-03'],
			partial: [2],
			series: [],
			totals: [null, null, 4],
			at_least: [2],
			certainty: 'at_least',
			meta: { ...meta, first_day: '2026-01-02' },
			statistics: { total: 4 }
		},
		slots,
		names
	);
	expect([[...(columns.blank ?? [])], [...columns.least]]).toEqual([[0], [2]]);
	expect([...(columns.partial ?? [])]).toEqual([2]);
});

test('hours are blank by the day that they are on, and those to come are not drawn', () => {
	const hours = [15, 16, 17].map((hour) => `2026-01-01T${hour}:00:00Z`);
	const columns = trendColumns(
		{
			bucket: 'hour',
			buckets: hours,
			partial: [1, 2],
			series: [],
			totals: [null, null, 0],
			at_least: [],
			certainty: 'unknown',
			meta: { tz: 'Asia/Shanghai', first_day: '2026-01-02', generated_at: '2026-01-01T16:30:00Z' },
			statistics: { total: null }
		},
		slots,
		names
	);
	// Midnight in Shanghai is at 16:00 in UTC: what is unknown there is a cost without a price.
	expect([...(columns.blank ?? [])]).toEqual([0]);
	expect(columns.begun).toBe(2);
});

test('a series without any known value is not drawn as if it had cost nothing', () => {
	expect(isUnknown({ values: [0, null, 0] })).toBe(true);
	expect(isUnknown({ values: [0, null, 2] })).toBe(false);
	expect(isUnknown({ values: [0, 0] })).toBe(false);
});

test('the day that is not over is not complete, in the zone of the answer', () => {
	const days = ['2026-01-29', '2026-01-30', '2026-01-31'].map((date) => ({ date, models: {} }));
	const at = (generated_at: string, tz: string) => {
		const answer = dailyStats(days);
		const columns = dayColumns(
			'Saving',
			{ ...answer, meta: { ...answer.meta, generated_at, tz } },
			'cost_usd'
		);
		return [...(columns.partial ?? [])];
	};
	expect(at('2026-01-31T12:00:00Z', 'UTC')).toEqual([2]);
	expect(at('2026-02-01T00:30:00Z', 'UTC')).toEqual([]);
	expect(at('2026-02-01T00:30:00Z', 'America/New_York')).toEqual([2]);
});

test('days without data are blank, also of a single figure', () => {
	const answer = dailyStats([
		{ date: '2026-01-01', models: {} },
		{ date: '2026-01-02', models: {} }
	]);
	const [first, second] = answer.days as [Day, Day];
	const nothing = { ...usage(0, null), unpriced_tokens: 0 };
	const columns = dayColumns(
		'Saving',
		{ ...answer, days: [{ ...first, ...nothing }, second] },
		'cost_usd'
	);
	expect([[...(columns.blank ?? [])], columns.totals]).toEqual([[0], [null, 0]]);
});

describe('a trend', () => {
	const trend = (...series: Trend['series']): Trend => ({
		buckets: ['2026-01-01', '2026-01-02'],
		series,
		partial: [],
		bucket: 'day',
		totals: [6, null],
		at_least: [],
		certainty: 'exact',
		meta,
		statistics: { total: 6 }
	});
	const line = (key: string | null, ...values: (number | null)[]) => ({
		key,
		label: key ?? '',
		values,
		at_least: [] as number[],
		total: values[0] ?? null,
		certainty: 'exact' as const
	});

	test('of everything wears the first colour', () => {
		const columns = trendColumns(trend(line(null, 6, null)), slots, names);
		expect(columns.series).toEqual([{ ...line(null, 6, null), slot: 1, least: new Set() }]);
		expect([columns.totals, columns.total]).toEqual([[6, null], 6]);
	});

	test('of keys wears their colours, and the rest is one series', () => {
		const columns = trendColumns(
			trend({ ...line('a', 1, null), at_least: [0] }, line('c', 2, null), line(null, 3, 1)),
			slots,
			names
		);
		expect(columns.series).toEqual([
			{
				...{ key: 'a', label: 'A', slot: 2, values: [1, null], total: 1 },
				...{ least: new Set([0]), certainty: 'exact' }
			},
			// Of its second bucket, one part is unknown.
			{
				...{ key: null, label: 'Other', slot: OTHER_SLOT, values: [5, 1], total: 5 },
				...{ least: new Set([1]), certainty: 'exact' }
			}
		]);
	});

	test('without series has none', () =>
		expect(trendColumns(trend(), slots, names).series).toEqual([]));
});

test('the highest point is the first with the highest total above zero', () => {
	expect(peakOf([1, 3, null, 3])).toBe(1);
	expect(peakOf([0, null, -1])).toBeNull();
	expect(peakOf([])).toBeNull();
});

test('nothing is known where every point is blank, and something of points without a price', () => {
	const points = ['2026-01-01', '2026-01-02'];
	expect(isAllBlank({ points, blank: new Set([0, 1]) })).toBe(true);
	expect(isAllBlank({ points, blank: new Set([0]) })).toBe(false);
	expect(isAllBlank({ points })).toBe(false);
	expect(isAllBlank({ points: [], blank: new Set() })).toBe(false);
});
