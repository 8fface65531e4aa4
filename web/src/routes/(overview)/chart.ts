/** What the chart of the overview can be asked for, in the address. */

import type { DailyStats } from '$lib/api/types';
import type { Bucket } from '$lib/state/filter';
import { isBlank, type Known } from '$lib/charts/bounded';

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
