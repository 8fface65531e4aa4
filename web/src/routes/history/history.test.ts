import { expect, test } from 'vitest';
import type { Snapshot } from '$lib/api/types';
import { usage } from '../../testing/answers';
import { snapshotColumns } from './curve';
import { countCoverage, daysAsked, growths } from './history';

const snapshot = (id: number, cost: number | null): Snapshot => ({
	id,
	taken_at: `2026-01-0${id}T00:00:00Z`,
	data_version: id,
	price_version: '2026-01-01',
	totals: usage(id * 100, cost)
});
const latestFirst = [snapshot(3, 9), snapshot(2, 4), snapshot(1, null)];

test('the curve begins with the earliest snapshot, at its time', () => {
	const { columns, times } = snapshotColumns(latestFirst, 'cost_usd', 'Cost');
	expect(columns.totals).toEqual([null, 4, 9]);
	expect(columns.total).toBe(9);
	expect(times).toEqual([1, 2, 3].map((day) => Date.UTC(2026, 0, day)));
});

test('growth is against the snapshot before, if both are known', () =>
	expect([...growths(latestFirst)]).toEqual([
		[3, { by: 5, now: 'exact', before: 'exact' }],
		[2, { by: null, now: 'exact', before: 'unknown' }],
		[1, { by: null, now: 'unknown', before: 'unknown' }]
	]));

test('days are counted by what is known of them', () =>
	expect(
		countCoverage([
			{ date: '2026-01-01', source: 'stats_cache', transcripts: null },
			{ date: '2026-01-02', source: 'events', transcripts: 'gone' },
			{ date: '2026-01-06', source: 'imported', transcripts: null },
			{ date: '2026-01-03', source: 'events', transcripts: 'present' },
			{ date: '2026-01-04', source: 'events', transcripts: 'present' },
			{ date: '2026-01-05', source: 'none', transcripts: null }
		])
	).toEqual({ events: 2, partial: 0, kept: 1, stats_cache: 1, imported: 1, none: 1 }));

test('all days are requested without a parameter', () => {
	expect(daysAsked(new URL('http://localhost/history?range=all'))).toEqual({});
	expect(daysAsked(new URL('http://localhost/history?from=2026-01-01&to=2026-01-05'))).toEqual({
		from: '2026-01-01',
		to: '2026-01-05'
	});
});
