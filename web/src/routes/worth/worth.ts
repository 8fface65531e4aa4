/** What usage was worth beside plans: the rows of the table, and their days. */

import type { WorthStats } from '$lib/api/types';
import { bounded, UNKNOWN, type Certainty, type Formatter } from '$lib/format/format';
import type { Days } from '$lib/state/period';

type Month = WorthStats['months'][number];

/** A month, or the sum of all. */
export interface WorthRow {
	/** First day of the month; `null` of the sum. */
	month: string | null;
	of: WorthStats['total'];
	/** What its plans cost on all days of the month. */
	monthPrice: number | null;
	/** The day on which the usage reached that. */
	breakEven: string | null;
	/** The days of the month within the period. */
	days: Days | null;
}

/** Returns the months and then their sum. */
export function rowsOf({ meta, months, total }: WorthStats): WorthRow[] {
	const rows = months.map((of) => ({
		month: of.month,
		of,
		monthPrice: of.month_price_usd ?? null,
		breakEven: of.break_even ?? null,
		days: daysWithin(of, meta)
	}));
	return [...rows, { month: null, of: total, monthPrice: null, breakEven: null, days: null }];
}

/** Returns the days of a month within the period. */
function daysWithin({ month }: Month, { from, to }: WorthStats['meta']): Days {
	const [year = 0, number = 0] = month.split('-').map(Number);
	const last = new Date(Date.UTC(year, number, 0)).toISOString().slice(0, 10);
	return { from: month < from ? from : month, to: last > to ? to : last };
}

/** Writes how many times the price of the plans the usage was worth: `≥ 3.2×`. */
export function factorText(
	factor: number | null | undefined,
	certainty: Certainty,
	format: Formatter
): string {
	if (factor === null || factor === undefined) return UNKNOWN;
	const digits = new Intl.NumberFormat(format.locale, { maximumSignificantDigits: 3 });
	return bounded(`${digits.format(factor)}×`, certainty);
}

/** Writes the usage less the plans: a lower bound where the usage is one. */
export function differenceText(of: WorthStats['total'], format: Formatter): string {
	const text = format.difference(of.difference_usd ?? null, 'exact', 'exact');
	return bounded(text, of.compared_certainty);
}
