/** What the page shows, as it stands in its part of the query string. */

import type { Metric } from '$lib/api/types';
import { type Bucket, choiceOf, dayCount } from '$lib/state/filter';
import { SUMMED } from '$lib/state/metrics';

export const METRICS = [
	...SUMMED,
	'sessions',
	'cache_hit_rate',
	'cache_saving_usd'
] as const satisfies readonly Metric[];

export const BUCKETS = ['day', 'hour', 'week', 'month'] as const;
export const GROUPS = ['none', 'model', 'project', 'kind'] as const;
/** What a chart looks like; `log` are lines on a scale of powers of ten. */
const LOOKS = ['auto', 'bars', 'lines', 'log'] as const;

export type Group = (typeof GROUPS)[number];
export type Look = 'bars' | 'lines';

/** The maximum number of days whose hours can be distinguished in a chart. */
const MOST_DAYS_OF_HOURS = 31;

export interface TrendsView {
	metric: Metric;
	bucket: Bucket;
	group: Group;
	look: Look;
	/** Whether lines are on a scale of powers of ten. */
	log: boolean;
	/** What the hours of the week are coloured by. */
	hours: Metric;
}

/** Returns whether a metric is the sum of its kinds of tokens. */
export function hasKinds(metric: Metric): boolean {
	return metric === 'cost_usd' || metric === 'total_tokens';
}

/** Returns whether the parts of a metric add up to the whole, so that they can be stacked. */
export function addsUp(metric: Metric): boolean {
	return metric !== 'sessions' && metric !== 'cache_hit_rate';
}

/** Returns whether values of a metric are amounts of one sign without an upper end, so that their factors can be compared. */
export function hasFactors(metric: Metric): boolean {
	return metric !== 'cache_hit_rate' && metric !== 'cache_saving_usd';
}

/** Returns the buckets that the period of `url` can be cut into: a single day only has hours. */
export function bucketsOf(url: URL): readonly Bucket[] {
	const count = dayCount(url);
	if (count === 1) return ['hour'];
	return count !== null && count <= MOST_DAYS_OF_HOURS
		? ['hour', 'day', 'week', 'month']
		: ['day', 'week', 'month'];
}

/** Returns what `url` asks for; of what does not go together, the metric and the period hold. */
export function readView(url: URL): TrendsView {
	const metric = choiceOf(url, 'metric', METRICS);
	const buckets = bucketsOf(url);
	const bucket = choiceOf(url, 'bucket', BUCKETS);
	const group = choiceOf(url, 'group', GROUPS);
	const look = choiceOf(url, 'look', LOOKS);
	const shown = group === 'kind' && !hasKinds(metric) ? 'none' : group;
	const usual = shown === 'none' ? 'lines' : 'bars';
	const chosen = look === 'auto' ? usual : look === 'bars' ? 'bars' : 'lines';
	return {
		metric,
		bucket: buckets.includes(bucket) ? bucket : buckets.includes('day') ? 'day' : 'hour',
		group: shown,
		look: addsUp(metric) ? chosen : 'lines',
		log: look === 'log' && hasFactors(metric),
		hours: choiceOf(url, 'hours', METRICS)
	};
}
