/** What the chart of the overview can be asked for, in the address. */

import type { DailyStats, Usage } from '$lib/api/types';
import type { Bucket } from '$lib/state/filter';
import { isBlank, isElsewhere, type Known } from '$lib/charts/bounded';

export const METRICS = ['cost_usd', 'total_tokens'] as const;
export const STEPS = ['day', 'week'] as const;
export type ChartMetric = (typeof METRICS)[number];
export type ChartStep = Exclude<Bucket, 'month'>;

/** Returns a value day by day; what only another source counts is unknown here. */
export function dayByDay(daily: DailyStats | null, valueOf: (day: Usage) => Known): Known[] {
	return daily?.days.map((day) => (isElsewhere(day) || isBlank(day) ? null : valueOf(day))) ?? [];
}
