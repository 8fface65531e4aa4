/**
 * The days that a page shows: a range that ends today and moves on with it, or dates that stay.
 *
 * Dates are `YYYY-MM-DD` texts, and the arithmetic on them is in UTC, where every day has the same
 * length.
 */

import type { Range, WeekStart } from '$lib/api/types';

/** Every range that has a name: those of the calendar, then those that end today. */
export const RANGES: readonly Range[] = [
	'today',
	'yesterday',
	'this-week',
	'last-week',
	'this-month',
	'last-month',
	'7d',
	'30d',
	'90d',
	'1y',
	'all'
];

/** The names of the days that a week can begin on, in the order of the calendar of JavaScript. */
export const WEEKDAYS: readonly WeekStart[] = [
	'sunday',
	'monday',
	'tuesday',
	'wednesday',
	'thursday',
	'friday',
	'saturday'
];

/** The day that weeks begin on where nothing else is chosen, as ISO 8601 has it. */
export const WEEK_START: WeekStart = 'monday';

/** The most days that the server accepts between two dates. */
const MAX_DAYS = 3660;

/** The length of a day of UTC, in milliseconds. */
export const DAY_MS = 86_400_000;

/** First and last day, both inclusive. */
export interface Days {
	from: string;
	to: string;
}

export type Period = { range: Range } | Days;

/** Returns the range that `text` names, or `null`. */
export function toRange(text: string | null): Range | null {
	return RANGES.find((range) => range === text) ?? null;
}

/** Returns the day of the week that `text` names, or `null`. */
export function toWeekStart(text: string | null): WeekStart | null {
	return WEEKDAYS.find((day) => day === text) ?? null;
}

/** Returns the days from one text to another, or `null` unless both are dates in that order. */
export function toDays(from: string | null, to: string | null): Days | null {
	if (from === null || to === null || !isDate(from) || !isDate(to)) return null;
	const length = lengthOf({ from, to });
	return length >= 1 && length <= MAX_DAYS ? { from, to } : null;
}

function isDate(text: string): boolean {
	if (!/^\d{4}-\d\d-\d\d$/.test(text)) return false;
	const time = Date.parse(text);
	// `2026-02-30` is read as a day of March by some.
	return !Number.isNaN(time) && new Date(time).toISOString().startsWith(text);
}

/** Returns how many days there are. */
export function lengthOf({ from, to }: Days): number {
	return (Date.parse(to) - Date.parse(from)) / DAY_MS + 1;
}

/** Returns the date that is `days` after `date`, or before it when that is negative. */
export function addDays(date: string, days: number): string {
	return new Date(Date.parse(date) + days * DAY_MS).toISOString().slice(0, 10);
}

/** Returns the date in `zone`, an IANA name, at the moment `now`. */
export function dateIn(zone: string, now: Date): string {
	const format = new Intl.DateTimeFormat('en', {
		timeZone: zone,
		year: 'numeric',
		month: '2-digit',
		day: '2-digit'
	});
	const parts = new Map(format.formatToParts(now).map(({ type, value }) => [type, value]));
	return `${parts.get('year')}-${parts.get('month')}-${parts.get('day')}`;
}

/** Returns today's date in `zone`, an IANA name. */
export function todayIn(zone: string): string {
	return dateIn(zone, new Date());
}

/** Returns the first day of the week that `date` is in. */
export function weekOf(date: string, start: WeekStart): string {
	const into = (new Date(date).getUTCDay() - WEEKDAYS.indexOf(start) + 7) % 7;
	return addDays(date, -into);
}

/** Returns the first day of the month that `date` is in. */
export function monthOf(date: string): string {
	return `${date.slice(0, 8)}01`;
}

/** Returns the days of a period, or `null` for all days: only the server has the first one. */
export function daysOf(
	period: Period,
	today: string,
	weekStart: WeekStart = WEEK_START
): Days | null {
	if (!('range' in period)) return period;
	switch (period.range) {
		case 'all':
			return null;
		case 'today':
			return { from: today, to: today };
		case 'yesterday':
			return { from: addDays(today, -1), to: addDays(today, -1) };
		case 'this-week':
			return { from: weekOf(today, weekStart), to: today };
		case 'last-week': {
			const to = addDays(weekOf(today, weekStart), -1);
			return { from: weekOf(to, weekStart), to };
		}
		case 'this-month':
			return { from: monthOf(today), to: today };
		case 'last-month': {
			const to = addDays(monthOf(today), -1);
			return { from: monthOf(to), to };
		}
		case '1y':
			return { from: addDays(yearBefore(today), 1), to: today };
		default:
			return { from: addDays(today, 1 - parseInt(period.range)), to: today };
	}
}

function yearBefore(date: string): string {
	const before = `${Number(date.slice(0, 4)) - 1}${date.slice(4)}`;
	return isDate(before) ? before : before.replace('02-29', '02-28');
}

/** Returns whether there is a period right before or after `period`. */
export function hasNeighbour(
	period: Period,
	direction: -1 | 1,
	today: string,
	weekStart: WeekStart = WEEK_START
): boolean {
	const days = daysOf(period, today, weekStart);
	return days !== null && (direction === -1 || days.to < today);
}
