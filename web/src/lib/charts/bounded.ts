/** Values that may be unknown, or lower bounds; a module of its own, because pages start with it. */

import type { Day } from '$lib/api/types';
import type { Certainty, Write } from '$lib/format/format';

/** A value, or `null` where it is unknown. */
export type Known = number | null;

/** Values of points, and which of them are lower bounds. */
export interface Bounded {
	/** One value a point. */
	values: readonly Known[];
	/** Points whose value is a lower bound. */
	least: ReadonlySet<number>;
}

/** Returns the certainty of the value of a point. */
export function certaintyAt({ values, least }: Bounded, index: number): Certainty {
	if ((values[index] ?? null) === null) return 'unknown';
	return least.has(index) ? 'at_least' : 'exact';
}

/** Writes the value of a point. */
export function writeAt(of: Bounded, index: number, write: Write): string {
	return write(of.values[index] ?? null, certaintyAt(of, index));
}

/** Returns whether a day is only known from Claude Code's own statistics or from other programs. */
export function isElsewhere(day: Pick<Day, 'source' | 'stats_cache'>): boolean {
	return Boolean(day.stats_cache) || day.source === 'imported';
}

/** Returns whether nothing is known of a day. */
export function isBlank(
	day: Pick<Day, 'certainty' | 'total_tokens' | 'source' | 'stats_cache'>
): boolean {
	return day.certainty === 'unknown' && day.total_tokens === 0 && !isElsewhere(day);
}
