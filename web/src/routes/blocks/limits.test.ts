import { expect, test } from 'vitest';
import type { Limits } from '$lib/api/types';
import { hitsOf, toSamples } from './limits';

const at = (minutes: number) => new Date(minutes * 60_000).toISOString();

function limits(rows: [string, string | null, number, number, number | null][]): Limits {
	return {
		from: '1970-01-01',
		to: '1970-01-01',
		tz: 'UTC',
		tz_source: 'machine' as const,
		current: null,
		samples: rows.map(([window, source, minute, used_percentage, end]) => ({
			source,
			window,
			used_percentage,
			resets_at: end === null ? null : at(end),
			sampled_at: at(minute)
		})),
		hits: [],
		caches: [],
		cache_misses: { misses: 0, unexplained: 0, causes: [] }
	};
}

test('a figure holds until its window is over', () => {
	const samples = toSamples(
		limits([
			['five_hour', 'a', 1, 10, 60],
			['seven_day', 'a', 2, 20, 1000],
			['five_hour', 'b', 3, 99, 60],
			['five_hour', 'a', 4, 50, null],
			['seven_day', 'a', 70, 21, 1000]
		])
	);
	const figures = samples.map(({ sampled_at, five_hour, seven_day }) => [
		Date.parse(sampled_at) / 60_000,
		five_hour?.used_percentage,
		seven_day?.used_percentage
	]);
	expect(figures).toEqual([
		[1, 10, undefined],
		[2, 10, 20],
		[70, undefined, 21]
	]);
});

test('hits are counted by window', () => {
	const hit = (window: string) => ({ source: null, window, at: at(1), resets_at: null });
	const hits = [hit('five_hour'), hit('seven_day'), hit('five_hour')];
	expect(hitsOf({ ...limits([]), hits })).toEqual({ fiveHour: 2, sevenDay: 1 });
	expect(toSamples(limits([]))).toEqual([]);
});
