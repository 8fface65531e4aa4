/** The periods before and after one; loaded with the first step to one of them. */

import type { Range, WeekStart } from '$lib/api/types';
import {
	addDays,
	DAY_MS,
	daysOf,
	hasNeighbour,
	lengthOf,
	WEEK_START,
	type Days,
	type Period
} from './period';

/** The ranges that lie beside each other by name. */
const BESIDE: readonly (readonly [before: Range, after: Range])[] = [
	['yesterday', 'today'],
	['last-week', 'this-week'],
	['last-month', 'this-month']
];

/**
 * Returns the period right before or after `period`, or `null` if there is none.
 *
 * Whole months lead to whole months, everything else to as many days. What has a name again
 * becomes the range of that name, so that going back and forth leads to where it began.
 */
export function neighbour(
	period: Period,
	direction: -1 | 1,
	today: string,
	weekStart: WeekStart = WEEK_START
): Period | null {
	const days = daysOf(period, today, weekStart);
	if (!days || !hasNeighbour(period, direction, today, weekStart)) return null;
	if ('range' in period) {
		const [one, other] = direction === 1 ? ([0, 1] as const) : ([1, 0] as const);
		const pair = BESIDE.find((ranges) => ranges[one] === period.range);
		const beside = pair?.[other];
		if (beside) return { range: beside };
	}
	const month = monthBeside(days, direction);
	if (month && month.from <= today && today <= month.to) return { range: 'this-month' };
	const next = month ?? {
		from: addDays(days.from, direction * lengthOf(days)),
		to: addDays(days.to, direction * lengthOf(days))
	};
	if (next.to < today) return rangeOf(next, today, weekStart) ?? next;
	const until = { from: addDays(today, 1 - lengthOf(next)), to: today };
	return rangeOf(until, today, weekStart) ?? (next.from <= today ? { ...next, to: today } : until);
}

/** The ranges that days may be called by, the more usual name first. */
const BY_DAYS: readonly Range[] = [
	'today',
	'yesterday',
	'7d',
	'30d',
	'90d',
	'1y',
	'last-week',
	'last-month'
];

/** Returns the range whose days are `days`. */
function rangeOf(days: Days, today: string, weekStart: WeekStart): Period | null {
	const range = BY_DAYS.find((name) => {
		// On the last day of a week, these are as well the seven days before the last seven.
		if (name === 'last-week' && days.to === addDays(today, -7)) return false;
		const named = daysOf({ range: name }, today, weekStart);
		return named?.from === days.from && named.to === days.to;
	});
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
