/** Snapshots over time, and of how many days what is known. */

import type { Snapshot } from '$lib/api/types';
import type { Certainty } from '$lib/format/format';
import { COVERAGES, coverageOf, type Coverage, type CoveredDay } from '$lib/charts/coverage';
import { readSelection } from '$lib/state/filter';
import { daysOf, todayIn, type Days } from '$lib/state/period';

/** How many snapshots are asked for at once. */
export const SNAPSHOTS = 500;

/** Returns the days in `url`; all days are the default. */
export function daysAsked(url: URL): Partial<Days> {
	const { period, weekStart } = readSelection(url).selection;
	return daysOf(period, todayIn('UTC'), weekStart) ?? {};
}

/** By how much a cost is above the one before, and the certainty of both. */
export interface Growth {
	by: number | null;
	now: Certainty;
	before: Certainty;
}

/** Returns by how much each of `snapshots`, the latest first, is above the one before. */
export function growths(snapshots: readonly Snapshot[]): Map<number, Growth> {
	return new Map(
		snapshots.map(({ id, totals: { cost_usd: cost, certainty } }, index) => {
			const before = snapshots[index + 1]?.totals;
			const by = cost === null || before?.cost_usd == null ? null : cost - before.cost_usd;
			return [id, { by, now: certainty, before: before?.certainty ?? 'unknown' }];
		})
	);
}

/** Returns how many days there are of each kind. */
export function countCoverage(days: readonly CoveredDay[]): Record<Coverage, number> {
	const counts = Object.fromEntries(COVERAGES.map((kind) => [kind, 0])) as Record<Coverage, number>;
	for (const day of days) counts[coverageOf(day)] += 1;
	return counts;
}
