/** How many sessions are active at once, in the form that charts draw. */

import type { ConcurrencyStats } from '$lib/api/types';
import type { Columns } from '$lib/charts/columns';
import { type Bucket, dayCount } from '$lib/state/filter';
import { dateIn } from '$lib/state/period';
import { daysOfBucket } from '$lib/state/buckets';

/** The maximum number of days that are drawn one by one. */
const MOST_DAYS = 120;

const HOUR_MS = 3_600_000;

/** The unit that times of a bucket are drawn in, and its length in milliseconds. */
export const UNITS = {
	hour: ['minute', 60_000],
	day: ['hour', HOUR_MS],
	week: ['hour', HOUR_MS],
	month: ['hour', HOUR_MS]
} as const satisfies Record<Bucket, readonly [string, number]>;

/** Returns the length of the buckets that the period of `url` is drawn in. */
export function bucketOf(url: URL): Bucket {
	const count = dayCount(url);
	if (count === 1) return 'hour';
	return count !== null && count <= MOST_DAYS ? 'day' : 'week';
}

/** Returns the part of the active time with two or more sessions, 0 to 1. */
export function sharedPart({ sessions }: Pick<ConcurrencyStats, 'sessions'>): number | null {
	if (sessions.active_ms === 0) return null;
	return (sessions.two_ms + sessions.more_ms) / sessions.active_ms;
}

/** Returns the time of each bucket by the number of sessions, in the unit of the bucket. */
export function columnsOf(
	{ items, sessions, bucket, meta }: ConcurrencyStats,
	labels: { one: string; two: string; more: string }
): Columns {
	const [, length] = UNITS[bucket as Bucket];
	const series = (['one', 'two', 'more'] as const).map((name, index) => ({
		key: name,
		label: labels[name],
		slot: index + 1,
		values: items.map((item) => item.sessions[`${name}_ms`] / length),
		least: new Set<number>(),
		total: sessions[`${name}_ms`] / length,
		certainty: 'exact' as const
	}));
	const now = Date.parse(meta.generated_at);
	const today = dateIn(meta.tz, new Date(now));
	/** Returns whether a bucket is over, and not cut off at an end of the period. */
	const isComplete = (start: string) => {
		if (bucket === 'hour') return Date.parse(start) + HOUR_MS <= now;
		const { from, to } = daysOfBucket(start, bucket, meta.tz);
		return from >= meta.from && to <= meta.to && to < today;
	};
	return {
		points: items.map(({ start }) => start),
		series,
		totals: items.map((item) => item.sessions.active_ms / length),
		total: sessions.active_ms / length,
		certainty: 'exact',
		partial: new Set(items.flatMap(({ start }, index) => (isComplete(start) ? [] : [index]))),
		least: new Set()
	};
}
