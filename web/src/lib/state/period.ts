/**
 * The days that a page shows: a range that ends today and moves on with it, or dates that stay.
 *
 * Dates are `YYYY-MM-DD` texts, and the arithmetic on them is in UTC, where every day has the same
 * length.
 */

import type { Range } from '$lib/api/types';

/** Every range that has a name, the shortest first. */
export const RANGES: readonly Range[] = ['today', '7d', '30d', '90d', '1y', 'all'];

/** The most days that the server accepts between two dates. */
const MAX_DAYS = 3660;

const DAY_MS = 86_400_000;

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

/** Returns the days of a period, or `null` for all days: only the server has the first one. */
export function daysOf(period: Period, today: string): Days | null {
	if (!('range' in period)) return period;
	switch (period.range) {
		case 'all':
			return null;
		case 'today':
			return { from: today, to: today };
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

/**
 * Returns the period of the same length right before or after `period`, or `null` if there is none.
 *
 * Whole months lead to whole months. What ends today again becomes the range that does so by name,
 * so that going back and forth leads to where it began.
 */
export function neighbour(period: Period, direction: -1 | 1, today: string): Period | null {
	const days = daysOf(period, today);
	if (!days || (direction === 1 && days.to >= today)) return null;
	const next = monthBeside(days, direction) ?? {
		from: addDays(days.from, direction * lengthOf(days)),
		to: addDays(days.to, direction * lengthOf(days))
	};
	if (next.to < today) return next;
	const until = { from: addDays(today, 1 - lengthOf(next)), to: today };
	return rangeOf(until, today) ?? (next.from <= today ? { ...next, to: today } : until);
}

/** Returns the range whose days are `days`. */
function rangeOf(days: Days, today: string): Period | null {
	const range = RANGES.find((name) => daysOf({ range: name }, today)?.from === days.from);
	return range ? { range } : null;
}

/** Returns the month before or after `days`, if those are a month. */
function monthBeside(days: Days, direction: -1 | 1): Days | null {
	const first = new Date(days.from);
	const month = (offset: number) => {
		const start = Date.UTC(first.getUTCFullYear(), first.getUTCMonth() + offset);
		const end = Date.UTC(first.getUTCFullYear(), first.getUTCMonth() + offset + 1) - DAY_MS;
		return {
			from: new Date(start).toISOString().slice(0, 10),
			to: new Date(end).toISOString().slice(0, 10)
		};
	};
	const own = month(0);
	return own.from === days.from && own.to === days.to ? month(direction) : null;
}
