import { expect, test } from 'vitest';
import type { Limits } from '$lib/api/types';
import { Formatter } from '$lib/format/format';
import { limitRows, type Limit } from './limits';

const NOW = Date.parse('2026-03-11T12:00:00Z');
const format = new Formatter('en', 'UTC');

function limit(used_percentage: number, more: Partial<Limit> = {}): Limit {
	return {
		used_percentage,
		resets_at: '2026-03-11T15:00:00Z',
		sampled_at: '2026-03-11T11:59:00Z',
		percent_per_h: null,
		runs_out_at: null,
		...more
	};
}

const rows = (five_hour: Limit, more: Partial<NonNullable<Limits['current']>> = {}) =>
	limitRows({ source: null, five_hour, seven_day: null, others: [], ...more }, format, NOW);

test.each([
	[79.9, 'calm', ''],
	[80, 'high', '80% or more used'],
	[94.9, 'high', '80% or more used'],
	[95, 'critical', '95% or more used'],
	[100, 'critical', 'Limit reached']
])('%d % is %s', (used, level, warning) => {
	expect(rows(limit(used))).toMatchObject([{ level, warning }]);
});

test('the run-out is in words', () => {
	const notes = (used: number, more: Partial<Limit>) => rows(limit(used, more))[0]?.notes.slice(1);
	expect(notes(50, {})).toEqual([]);
	expect(notes(50, { percent_per_h: 4 })).toEqual(['lasts until the reset']);
	const soon = { percent_per_h: 40, runs_out_at: '2026-03-11T14:20:00Z' };
	expect(notes(50, soon)).toEqual(['runs out at 14:20, 40m before the reset']);
	// What should have run out by now did not: the pace is outdated.
	expect(notes(50, { ...soon, runs_out_at: '2026-03-11T11:50:00Z' })).toEqual([]);
	expect(notes(100, { percent_per_h: 40 })).toEqual([]);
});

test('each limit has its own reset', () => {
	const others = [{ ...limit(5, { resets_at: '2026-03-15T09:00:00Z' }), window: 'seven_day_opus' }];
	expect(rows(limit(1), { others })).toMatchObject([
		{ name: '5 hours', notes: ['Resets 15:00'], start: '10:00', end: '15:00', elapsed: 0.4 },
		{ name: '7 days of Opus', notes: ['Resets Mar 15 09:00'], start: 'Mar 8 09:00' }
	]);
	expect(limitRows(null, format, NOW)).toEqual([]);
});
