/**
 * Five levels of heat: nothing, and quarters of everything above nothing.
 *
 * Quarters are of how many values there are, not of the highest value: one extreme day would turn
 * all others pale.
 */

import { quantile } from 'd3-array';
import type { Known } from './columns';

/** The values from which on the levels 1 to 4 hold. */
export type Levels = readonly number[];

/** Returns the levels that fit `values`; without any above zero there are none. */
export function levelsOf(values: Iterable<Known>): Levels {
	const used = [...values].filter((value) => value !== null && value > 0);
	if (used.length === 0) return [];
	return [0, 0.25, 0.5, 0.75].map((part) => quantile(used, part) ?? 0);
}

/** Returns the level of a value, 0 to 4, or `null` where it is unknown. */
export function levelOf(value: Known, levels: Levels): number | null {
	if (value === null) return null;
	return value > 0 ? levels.filter((from) => from <= value).length : 0;
}

/** Returns the positions of `values` by level, 0 to 4, and last of those that have none. */
export function byLevel(values: readonly Known[], levels: Levels): number[][] {
	const members: number[][] = [[], [], [], [], [], []];
	for (const [index, value] of values.entries()) {
		members[levelOf(value, levels) ?? 5]?.push(index);
	}
	return members;
}
