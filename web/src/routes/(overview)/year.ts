/** The days of the last year, and the last weeks of them. */

import type { TrendStats } from '$lib/api/types';
import { certaintyAt, type Known } from '$lib/charts/bounded';
import { daysInLastWeeks } from '$lib/charts/calendar';
import type { Certainty } from '$lib/format/format';

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
