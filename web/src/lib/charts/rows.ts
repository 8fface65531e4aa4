/** Bars that lie below each other, one a row, under its name and value. */

import { max } from 'd3-array';
import type { Known } from './columns';

/** A row of shares: its value is drawn against the whole, or the highest of all rows. */
export interface ShareRow {
	key: string;
	label: string;
	value: Known;
	/** How the value is written, with its share of the whole if that is known. */
	text: string;
	/** The colour slot of what the row stands for. */
	slot?: number;
	/** The part of the value that deserves a look, as failed calls. */
	part?: Known;
	/** What a reading adds. */
	note?: string;
}

/** A row of two shares that make up a whole. */
export interface DualRow {
	key: string;
	label: string;
	values: readonly [Known, Known];
	/** How both are written. */
	text: string;
	note?: string;
}

export const ROW_PX = 40;
/** Where the text of a row stands, and its bar. */
export const TEXT_AT_PX = 16;
export const BAR_AT_PX = 23;
export const BAR_PX = 8;

/** Returns the height of `count` rows. */
export function rowsHeight(count: number): number {
	return count * ROW_PX;
}

/** Returns the row under a place. */
export function rowAt(y: number, count: number): number | null {
	const row = Math.floor(y / ROW_PX);
	return row >= 0 && row < count ? row : null;
}

/**
 * Returns how long each bar is and which part of it is marked, 0..1 of the room, which stands for
 * `whole` or for the highest value.
 */
export function shareBars(
	rows: readonly ShareRow[],
	whole: Known = null
): { length: number; part: number }[] {
	const most = whole ?? max(rows, ({ value }) => value ?? 0) ?? 0;
	const of = (value: Known) => (most > 0 ? Math.min(1, Math.max(0, value ?? 0) / most) : 0);
	return rows.map(({ value, part }) => ({
		length: of(value),
		part: Math.min(of(value), of(part ?? 0))
	}));
}

/** Returns the share of the first of two values, or `null` of nothing and of what is unknown. */
export function firstShare([one, other]: readonly [Known, Known]): Known {
	if (one === null || other === null || one + other <= 0) return null;
	return one / (one + other);
}
