import type { Formatter } from '$lib/format/format';
import { daysOfBucket } from './buckets';

/** Writes the stretch of time that begins at `start` in full. */
export function bucketPoint(bucket: string, start: string, format: Formatter): string {
	if (bucket === 'hour') return format.moment(start);
	if (bucket === 'day') return format.weekday(start);
	const { from, to } = daysOfBucket(bucket, start, () => start);
	return format.period(from, to);
}

/** Writes it in few letters. */
export function bucketTick(bucket: string, start: string, format: Formatter): string {
	return bucket === 'hour' ? format.clock(start) : format.shortDay(start);
}
