import type { Change, Stats } from '$lib/api/types';
import type { Formatter } from './format';
import { m } from '$lib/paraglide/messages';

/** A change against the previous period, in few words and in all. */
export interface ChangeWords {
	short: string;
	long: string;
}

/**
 * Describes a change in words; `null` without a previous period.
 *
 * Rates change by percentage points, everything else by percent.
 */
export function describeChange(
	change: Change | undefined,
	previous: Stats['previous'],
	unit: 'percent' | 'points',
	format: Formatter
): ChangeWords | null {
	if (!change || !previous) return null;
	const days = { from: format.day(previous.from), to: format.day(previous.to) };
	const { absolute, relative } = change;
	if (absolute === null) {
		return { short: format.signedPercent(null), long: m.change_unknown(days) };
	}
	if (unit === 'points') {
		const words = format.signedPoints(absolute);
		return {
			short: m.change_points_short({ change: words }),
			long: m.change_points({ change: words, ...days })
		};
	}
	if (relative === null && absolute !== 0) {
		return { short: m.change_new(), long: m.change_new_title(days) };
	}
	const words = format.signedPercent(relative ?? 0);
	return { short: words, long: m.change_relative({ change: words, ...days }) };
}
