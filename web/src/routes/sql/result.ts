/** The result of a statement: its values as texts. */

import type { SqlRows } from '$lib/api/types';
import { printable } from '$lib/format/name';

type Value = SqlRows['rows'][number][number];

/** As many decimals as a picodollar has. */
const DECIMALS = 12;

/** Returns whether every value of a column that there is, is a number. */
export function isNumeric({ rows }: SqlRows, column: number): boolean {
	const values = rows.map((cells) => cells[column] ?? null).filter((value) => value !== null);
	return values.length > 0 && values.every((value) => typeof value === 'number');
}

/** Writes a value: NULL as such, so that it is no empty text. */
export function cellText(value: Value, locale: string): string {
	if (value === null) return 'NULL';
	if (typeof value === 'string') return printable(value);
	// What is computed as binary fractions has no more digits than these.
	return new Intl.NumberFormat(locale, {
		maximumFractionDigits: DECIMALS,
		maximumSignificantDigits: 15,
		useGrouping: false
	}).format(value);
}
