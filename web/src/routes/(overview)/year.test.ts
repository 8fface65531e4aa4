import { expect, test } from 'vitest';
import { lastWeeks, yearOf } from './year';

test('a year shows its peak and the number of days with usage, priced or not', () => {
	const buckets = ['2026-01-01', '2026-01-02', '2026-01-03', '2026-01-04'];
	const meta = { first_day: '2026-01-01' };
	const at_least = [3];
	expect(yearOf({ buckets, totals: [0, 2, null, 5], at_least, meta })).toMatchObject({
		used: 3,
		peak: { date: '2026-01-04', value: 5, certainty: 'at_least' }
	});
	expect(yearOf({ buckets: [], totals: [], at_least: [], meta })).toEqual({
		days: [],
		used: 0,
		peak: null
	});
	expect(yearOf({ buckets: ['2026-01-01'], totals: [0], at_least: [], meta }).peak).toBeNull();
});

test('days of a year before the first one with data are not used', () => {
	const meta = { first_day: '2026-01-02' };
	const { days, used } = yearOf({
		buckets: ['2026-01-01', '2026-01-02'],
		totals: [null, null],
		at_least: [],
		meta
	});
	expect([days.map(({ isBlank }) => isBlank), used]).toEqual([[true, false], 1]);
});

test('the last weeks of a year begin on a Monday', () => {
	const meta = { first_day: null };
	// 2026-01-01 is a Thursday.
	const buckets = Array.from(
		{ length: 14 },
		(_, day) => `2026-01-${String(day + 1).padStart(2, '0')}`
	);
	const year = { buckets, totals: buckets.map((_, day) => day), at_least: [3, 12], meta };
	expect(lastWeeks(year, 1)).toEqual({
		buckets: ['2026-01-12', '2026-01-13', '2026-01-14'],
		totals: [11, 12, 13],
		at_least: [1],
		meta
	});
	expect(lastWeeks(year, 2).buckets[0]).toBe('2026-01-05');
	expect(lastWeeks(year, 53)).toEqual(year);
	const none = { buckets: [], totals: [], at_least: [], meta };
	expect(lastWeeks(none, 13)).toEqual(none);
});
