/** Of which days what is known. */

import { addDays, DAY_MS } from '$lib/state/period';
import type { CalendarLayout, Place } from './calendar';

/** From all that is known of a day to nothing. */
export const COVERAGES = ['events', 'partial', 'kept', 'stats_cache', 'imported', 'none'] as const;

/**
 * Where the numbers of a day come from: its transcripts, of which `partial` has only some left and
 * `kept` none, so that only the database knows it; else Claude Code's own statistics, other programs,
 * or nowhere.
 */
export type Coverage = (typeof COVERAGES)[number];

/** A day as the server answers it. */
export interface CoveredDay {
	date: string;
	source: 'events' | 'stats_cache' | 'imported' | 'mixed' | 'none';
	transcripts: 'present' | 'partial' | 'gone' | null;
}

export function coverageOf({ source, transcripts }: CoveredDay): Coverage {
	if (source === 'none' || source === 'stats_cache' || source === 'imported') return source;
	if (transcripts === 'gone') return 'kept';
	return transcripts === 'partial' ? 'partial' : 'events';
}

/** The most days that a calendar draws: ten years. */
const MOST_DAYS = 3_660;

/**
 * Returns days for a calendar, one after the other: those of the last ten years, with the days
 * between them without data.
 *
 * A single response with an absurd date makes the server leave out the days between; earlier ones
 * are in the table alone.
 */
export function calendarDays(days: readonly CoveredDay[]): readonly CoveredDay[] {
	const last = days.at(-1)?.date;
	if (last === undefined) return days;
	const recent = days.filter(({ date }) => date > addDays(last, -MOST_DAYS));
	const known = new Map(recent.map((day) => [day.date, day]));
	const first = recent[0]?.date ?? last;
	const count = (Date.parse(last) - Date.parse(first)) / DAY_MS + 1;
	if (recent.length === days.length && count === days.length) return days;
	return Array.from({ length: count }, (_, index) => {
		const date = addDays(first, index);
		return known.get(date) ?? { date, source: 'none', transcripts: null };
	});
}

/**
 * Returns the mark of a day: each has a form of its own, so that it needs no colour.
 *
 * A full square, half of one, a frame, a bar, two bars, and a dot.
 */
export function markOf(coverage: Coverage, { x, y }: Place, side: number): string {
	const inner = side - 4;
	switch (coverage) {
		case 'events':
			return `M${x},${y}h${side}v${side}h${-side}z`;
		case 'partial':
			return `M${x},${y}v${side}h${side}z`;
		case 'kept':
			return `M${x},${y}h${side}v${side}h${-side}zM${x + 2},${y + 2}v${inner}h${inner}v${-inner}z`;
		case 'stats_cache':
			return `M${x},${y + side / 2 - 1.5}h${side}v3h${-side}z`;
		case 'imported':
			return `M${x},${y + 1}h${side}v2h${-side}zM${x},${y + side - 3}h${side}v2h${-side}z`;
		case 'none':
			return `M${x + side / 2 - 1},${y + side / 2 - 1}h2v2h-2z`;
	}
}

/** Returns the marks of all days, one path for each kind that there is. */
export function coverageMarks(
	days: readonly CoveredDay[],
	{ placeOf, side }: Pick<CalendarLayout, 'placeOf' | 'side'>
): { coverage: Coverage; d: string }[] {
	return COVERAGES.map((coverage) => ({
		coverage,
		d: days
			.map((day, index) =>
				coverageOf(day) === coverage ? markOf(coverage, placeOf(index), side) : ''
			)
			.join('')
	})).filter(({ d }) => d !== '');
}
