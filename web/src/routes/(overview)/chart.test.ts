import { expect, test } from 'vitest';
import type { Usage } from '$lib/api/types';
import { dailyColumns } from '$lib/charts/columns';
import { dailyStats, usage } from '../../testing/answers';
import { dayByDay } from './chart';

test('a day that only other statistics know is unknown', () => {
	const daily = dailyStats([
		{ date: '2026-01-01', models: {} },
		{ date: '2026-01-02', models: { a: usage(2, 1) } }
	]);
	const [first] = daily.days;
	if (first) {
		first.stats_cache = {
			tokens: 5,
			unit: 'all',
			models: {},
			messages: 1,
			sessions: 1,
			tool_calls: 0
		};
	}
	const tokens = (day: Usage) => day.total_tokens;
	expect(dayByDay(daily, tokens)).toEqual([null, 2]);
	expect(dayByDay(null, tokens)).toEqual([]);
});

test('a day that only another program counted is unknown, and its count is beside the others', () => {
	const daily = dailyStats([
		{ date: '2026-01-01', models: {} },
		{ date: '2026-01-02', models: { a: usage(2, 1) } }
	]);
	const counted = {
		program: 'ccusage',
		grain: 'day',
		from: '2026-01-01',
		to: '2026-01-01',
		zone: null,
		other_agents: false,
		input_tokens: 5,
		output_tokens: 0,
		cache_read_tokens: 0,
		cache_write_tokens: 0,
		total_tokens: 5,
		cost_usd: 0.5,
		models: { m: 5 },
		known: null
	};
	const [first, second] = daily.days;
	Object.assign(first ?? {}, { source: 'imported', imported: [counted] });
	// What is known here as well stays what it is.
	Object.assign(second ?? {}, { imported: [counted] });
	expect(dayByDay(daily, (day) => day.total_tokens)).toEqual([null, 2]);
	const names = {
		labelOf: String,
		other: 'other',
		imported: ({ program }: { program: string }) => `by ${program}`
	};
	const hollow = (metric: 'total_tokens' | 'cost_usd') =>
		dailyColumns(daily, metric, new Map(), names).hollow;
	expect(hollow('total_tokens')).toEqual([{ value: 5, note: 'by ccusage' }, null]);
	expect(hollow('cost_usd')).toEqual([{ value: 0.5, note: 'by ccusage' }, null]);
});
