/** Into how long stretches a period is cut. */

import { type Bucket, dayCount } from '$lib/state/filter';

/** The most days that are drawn one by one, and week by week. */
const MOST_BY_DAY = 100;
const MOST_BY_WEEK = 750;

/** Returns the stretches of the days that `url` asks for: not too many, and more than one. */
export function bucketFor(url: URL): Bucket {
	const days = dayCount(url);
	// How long all days are is not known before they are asked for.
	if (days === null) return 'week';
	if (days === 1) return 'hour';
	if (days <= MOST_BY_DAY) return 'day';
	return days <= MOST_BY_WEEK ? 'week' : 'month';
}
