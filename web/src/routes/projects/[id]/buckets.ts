/** Into how long stretches a period is cut, and which days such a stretch is. */

import type { Filter, Trend } from '$lib/api/types';
import { addDays, lengthOf, type Days } from '$lib/state/period';

export type Bucket = NonNullable<Trend['bucket']>;

/** The most days that are drawn one by one, and week by week. */
const MOST_BY_DAY = 100;
const MOST_BY_WEEK = 750;

/** Returns the stretches of the days that `filter` asks for: not too many, and more than one. */
export function bucketFor({ range, from, to }: Pick<Filter, 'range' | 'from' | 'to'>): Bucket {
	if (range === 'today') return 'hour';
	// How long all days are is not known before they are asked for.
	if (range === '1y' || range === 'all') return 'week';
	if (!from || !to) return 'day';
	const days = lengthOf({ from, to });
	if (days === 1) return 'hour';
	if (days <= MOST_BY_DAY) return 'day';
	return days <= MOST_BY_WEEK ? 'week' : 'month';
}

/** Returns the days of the stretch that begins at `start`; `dateOf` returns the date of a time. */
export function daysOfBucket(
	bucket: string,
	start: string,
	dateOf: (time: string) => string
): Days {
	switch (bucket) {
		case 'hour':
			return { from: dateOf(start), to: dateOf(start) };
		case 'week':
			return { from: start, to: addDays(start, 6) };
		case 'month': {
			const next = new Date(start);
			next.setUTCMonth(next.getUTCMonth() + 1, 1);
			return { from: start, to: addDays(next.toISOString().slice(0, 10), -1) };
		}
		default:
			return { from: start, to: start };
	}
}
