import { expect, test } from 'vitest';
import type { Usage } from '$lib/api/types';
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
