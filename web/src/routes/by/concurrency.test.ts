import { expect, test } from 'vitest';
import type { ConcurrencyStats } from '$lib/api/types';
import { bucketOf, columnsOf, sharedPart } from './concurrency';

const HOUR = 3_600_000;

function atOnce(one: number, two: number, more: number): ConcurrencyStats['sessions'] {
	return {
		peak: more > 0 ? 3 : two > 0 ? 2 : one > 0 ? 1 : 0,
		peak_at: null,
		mean: null,
		active_ms: (one + two + more) * HOUR,
		one_ms: one * HOUR,
		two_ms: two * HOUR,
		more_ms: more * HOUR,
		total_ms: (one + 2 * two + 3 * more) * HOUR
	};
}

const LABELS = { one: '1', two: '2', more: '3+' };

function stats(bucket: string, starts: string[]): ConcurrencyStats {
	const meta = {
		from: '2026-05-06',
		to: '2026-06-03',
		generated_at: '2026-06-03T10:30:00Z',
		tz: 'UTC'
	} as ConcurrencyStats['meta'];
	const items = starts.map((start, index) => ({
		start,
		sessions: atOnce(index + 1, 0.5, 0),
		subagents: atOnce(0, 0, 0)
	}));
	const [sessions, subagents] = [atOnce(3, 1, 0), atOnce(0, 0, 0)];
	return { meta, bucket, active_minutes: 5, items, sessions, subagents };
}

test('days are drawn in hours, by the number of sessions; today is not complete', () => {
	const columns = columnsOf(stats('day', ['2026-06-02', '2026-06-03']), LABELS);
	expect(columns.series.map(({ label, values, total }) => [label, values, total])).toEqual([
		['1', [1, 2], 3],
		['2', [0.5, 0.5], 1],
		['3+', [0, 0], 0]
	]);
	expect([columns.totals, columns.total]).toEqual([[1.5, 2.5], 4]);
	expect([...(columns.partial ?? [])]).toEqual([1]);
});

test('hours are drawn in minutes', () => {
	const columns = columnsOf(
		stats('hour', ['2026-06-03T09:00:00.000Z', '2026-06-03T10:00:00.000Z']),
		LABELS
	);
	expect(columns.totals).toEqual([90, 150]);
	expect([...(columns.partial ?? [])]).toEqual([1]);
});

test('a week that the period cuts off is not complete', () => {
	const columns = columnsOf(stats('week', ['2026-05-04', '2026-05-11', '2026-06-01']), LABELS);
	expect([...(columns.partial ?? [])]).toEqual([0, 2]);
});

test('a day is drawn by hour, some months by day, and longer by week', () => {
	const at = (query: string) => bucketOf(new URL(`http://localhost/by?${query}`));
	expect(at('range=today')).toBe('hour');
	expect(at('range=30d')).toBe('day');
	expect(at('range=all')).toBe('week');
	expect(at('from=2026-01-01&to=2026-12-31')).toBe('week');
});

test('the shared part is the time with two or more', () => {
	expect(sharedPart({ sessions: atOnce(3, 0.5, 0.5) })).toBe(0.25);
	expect(sharedPart({ sessions: atOnce(0, 0, 0) })).toBeNull();
});
