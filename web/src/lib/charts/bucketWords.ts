/** How the buckets of a chart over time are named. */

import type { Formatter } from '$lib/format/format';
import { m } from '$lib/paraglide/messages';
import { daysOfBucket } from '$lib/state/buckets';
import { type Bucket } from '$lib/state/filter';
import type { Columns } from './columns';
import type { Words } from './reading';
import { hourTicks } from './ticks';

/** Names of the lengths of buckets. */
export const BUCKET_WORDS: Record<Bucket, () => string> = {
	hour: () => m.trends_hour(),
	day: () => m.overview_by_day(),
	week: () => m.trends_week(),
	month: () => m.trends_month()
};

/** Names the column of a table that has a bucket in each row. */
export function bucketHeading(bucket: string): string {
	return bucket === 'day' ? m.day() : BUCKET_WORDS[bucket as Bucket]();
}

/** Names a bucket in full, by itself. */
export function bucketName(start: string, bucket: string, format: Formatter): string {
	switch (bucket) {
		case 'hour':
			return format.moment(start);
		case 'week': {
			const { from, to } = daysOfBucket(start, bucket, format.zone);
			return format.period(from, to);
		}
		case 'month':
			return format.monthOfYear(start);
		default:
			return format.weekday(start);
	}
}

/** Names a bucket within a sentence. */
export function bucketWithin(start: string, bucket: string, format: Formatter): string {
	return bucket === 'week'
		? m.overview_week_of({ day: format.shortDay(start) })
		: bucketName(start, bucket, format);
}

/** Names a bucket below an axis: midnight is the day that begins. */
function bucketTick(start: string, bucket: string, format: Formatter): string {
	if (bucket === 'month') return format.month(start);
	if (bucket !== 'hour') return format.shortDay(start);
	const clock = format.clock(start);
	return clock === '00:00' ? format.localDay(start) : clock;
}

/** Returns how the points of a chart of buckets are named. */
export function bucketWords(
	bucket: string,
	format: Formatter
): Pick<Words, 'point' | 'tick' | 'ticks'> {
	return {
		point: (start) => bucketName(start, bucket, format),
		tick: (start) => bucketTick(start, bucket, format),
		...(bucket === 'hour' && {
			ticks: (points, most) => hourTicks(points, most, (point) => format.clock(point))
		})
	};
}

/** Returns from when on there is data, where a chart begins before it. */
export function blankWords(
	{ blank }: Pick<Columns, 'blank'>,
	{ first_day }: { first_day: string | null },
	format: Formatter
): string {
	return blank?.size && first_day ? m.no_data_before({ day: format.day(first_day) }) : '';
}
