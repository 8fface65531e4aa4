/** Stretches of time that the points of a chart stand for: hours, days, weeks or months. */

import { between } from '$lib/sessions/times';
import { addDays, dateIn, type Days, type Period } from './period';

const HOUR_MS = 3_600_000;

/** Returns the days of the bucket that begins at `start`; an hour is on its day in `zone`, an IANA name. */
export function daysOfBucket(start: string, bucket: string, zone: string): Days {
	switch (bucket) {
		case 'hour': {
			const day = dateIn(zone, new Date(start));
			return { from: day, to: day };
		}
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

/** Returns those of `days` that are within `shown`. */
function within(days: Days, shown: Days): Days {
	return {
		from: days.from < shown.from ? shown.from : days.from,
		to: days.to > shown.to ? shown.to : days.to
	};
}

/** Buckets of a chart, one after the other. */
export interface Stretch {
	/** How long each is. */
	bucket: string;
	/** The beginnings of the first and the last of them, which may be the same. */
	first: string;
	last: string;
	/** The days that the chart shows. */
	shown: Days;
	/** The zone of its days, an IANA name. */
	zone: string;
}

/** Returns the days of a stretch, as far as they are shown. */
export function daysOfStretch({ bucket, first, last, shown, zone }: Stretch): Days {
	const days = {
		from: daysOfBucket(first, bucket, zone).from,
		to: daysOfBucket(last, bucket, zone).to
	};
	return within(days, shown);
}

/** Returns what narrows a list to a stretch: its days, and of hours the moments. */
export function timesOfStretch(stretch: Stretch): { period: Period; own: Record<string, string> } {
	if (stretch.bucket !== 'hour') return { period: daysOfStretch(stretch), own: {} };
	const end = new Date(Date.parse(stretch.last) + HOUR_MS).toISOString();
	return between(stretch.first, end, stretch.zone);
}
