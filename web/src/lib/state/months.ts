/** Months of the calendar. */

import { addDays, monthOf, type Days } from './period';

/** Returns the days of the last `count` months, this one first; none of them is after `today`. */
export function lastMonths(today: string, count: number): Days[] {
	const months = [{ from: monthOf(today), to: today }];
	while (months.length < count) {
		const to = addDays(months.at(-1)?.from ?? today, -1);
		months.push({ from: monthOf(to), to });
	}
	return months;
}
