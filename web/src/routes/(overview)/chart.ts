/** What the chart of the overview can be asked for, in the address. */

import type { DailyStats, TrendStats } from '$lib/api/types';
import type { Bucket } from '$lib/state/filter';
import { daysInLastWeeks } from '$lib/charts/calendar';
import { certaintyAt, isBlank, type Known } from '$lib/charts/bounded';
import type { Certainty } from '$lib/format/format';

export const METRICS = ['cost_usd', 'total_tokens'] as const;
export const STEPS = ['day', 'week'] as const;
export type ChartMetric = (typeof METRICS)[number];
export type ChartStep = Exclude<Bucket, 'month'>;

/** Returns the values of a field day by day; what only another source counts is unknown here. */
export function dayByDay(
	daily: DailyStats | null,
	field: 'cost_usd' | 'total_tokens' | 'sessions' | 'cache_hit_rate' | 'cache_saving_usd'
): Known[] {
	return daily?.days.map((day) => (day.stats_cache || isBlank(day) ? null : day[field])) ?? [];
}

/** A value of each day. */
type Year = Pick<TrendStats, 'buckets' | 'totals' | 'at_least'> & {
	meta: Pick<TrendStats['meta'], 'first_day'>;
};

/** Returns the last `weeks` weeks of `year`. */
export function lastWeeks({ buckets, totals, at_least, meta }: Year, weeks: number): Year {
	const count = daysInLastWeeks(buckets.at(-1) ?? '', buckets.length, weeks);
	const first = buckets.length - count;
	return {
		buckets: buckets.slice(first),
		totals: totals.slice(first),
		at_least: at_least.filter((index) => index >= first).map((index) => index - first),
		meta
	};
}

/** Returns the days of a year for a heat map, with their peak and the number of days with usage. */
export function yearOf({ buckets, totals, at_least, meta }: Year): {
	days: { date: string; value: Known; certainty: Certainty; isBlank: boolean }[];
	/** On how many of them something was used. */
	used: number;
	/** The highest of them. */
	peak: { date: string; value: number; certainty: Certainty } | null;
} {
	const firstDay = meta.first_day ?? '';
	const all = { values: totals, least: new Set(at_least) };
	const days = buckets.map((date, index) => {
		const value = totals[index] ?? null;
		const certainty = certaintyAt(all, index);
		return { date, value, certainty, isBlank: value === null && date < firstDay };
	});
	let peak: { date: string; value: number; certainty: Certainty } | null = null;
	for (const { date, value, certainty } of days) {
		if (value !== null && value > (peak?.value ?? 0)) peak = { date, value, certainty };
	}
	return { days, used: days.filter(({ value, isBlank }) => value !== 0 && !isBlank).length, peak };
}
