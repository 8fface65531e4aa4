import type { Change, PreviousPeriod } from '$lib/api/types';
import type { Formatter } from './format';
import { m } from '$lib/paraglide/messages';

/** A change against the previous period, in few words and in all. */
export interface ChangeWords {
	short: string;
	long: string;
	/** What it was before. */
	before: string;
	/** Where the parts of the change are, or what explains it. */
	href?: string;
	/** The name of that page, where it is not the page of changes. */
	place?: string;
}

/** Returns the change from one number to another; unknown where one of them is. */
export function changeOf(before: number | null, now: number | null): Change {
	if (before === null || now === null) return { absolute: null, relative: null };
	return { absolute: now - before, relative: before === 0 ? null : (now - before) / before };
}

/** Names the days of a comparison, and until when they reach where that is not their end. */
export function previousWords({ from, to, until }: PreviousPeriod, format: Formatter): string {
	const period = format.period(from, to);
	return until === null ? period : m.change_until({ period, time: format.clock(until) });
}

/**
 * Describes a change in words; `null` without a previous period.
 *
 * Rates change by percentage points, everything else by percent. `before` is the previous value as
 * text.
 */
export function describeChange(
	change: Change | undefined,
	previous: PreviousPeriod | null | undefined,
	unit: 'percent' | 'points',
	format: Formatter,
	before: string
): ChangeWords | null {
	if (!change || !previous) return null;
	const period = previousWords(previous, format);
	if (previous.known_from !== null) {
		const long = m.change_known_from({ before, period, day: format.day(previous.known_from) });
		return { short: format.signedPercent(null), long, before };
	}
	const { absolute, relative } = change;
	if (absolute === null) {
		return { short: format.signedPercent(null), long: m.change_unknown({ period }), before };
	}
	if (unit === 'points') {
		const words = format.signedPoints(absolute);
		return {
			short: m.change_points_short({ change: words }),
			long: m.change_points({ change: words, before, period }),
			before
		};
	}
	if (relative === null && absolute !== 0) {
		return { short: m.change_new(), long: m.change_new_title({ period }), before };
	}
	const words = format.signedPercent(relative ?? 0);
	return { short: words, long: m.change_relative({ change: words, before, period }), before };
}
