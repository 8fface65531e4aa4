/** Snapshots over time, and of how many days what is known. */

import type { Snapshot } from '$lib/api/types';
import type { Columns } from '$lib/charts/columns';
import { COVERAGES, coverageOf, type Coverage, type CoveredDay } from '$lib/charts/coverage';
import { readSelection } from '$lib/state/filter';
import { daysOf, todayIn, type Days } from '$lib/state/period';

/** How many snapshots are asked for at once. */
export const SNAPSHOTS = 500;

export type SnapshotMetric = 'cost_usd' | 'total_tokens';

/** Returns the days in `url`; all days are the default. */
export function daysAsked(url: URL): Partial<Days> {
	const { period, weekStart } = readSelection(url).selection;
	return daysOf(period, todayIn('UTC'), weekStart) ?? {};
}

/** Returns snapshots as a curve, the earliest first, and when each was taken. */
export function snapshotColumns(
	snapshots: readonly Snapshot[],
	metric: SnapshotMetric,
	label: string
): { columns: Columns; times: number[] } {
	const earliestFirst = snapshots.toSorted((one, other) => one.id - other.id);
	const values = earliestFirst.map(({ totals }) => totals[metric]);
	const total = values.at(-1) ?? null;
	return {
		columns: {
			points: earliestFirst.map(({ taken_at }) => taken_at),
			series: [{ key: null, label, slot: 1, values, total }],
			totals: values,
			total
		},
		times: earliestFirst.map(({ taken_at }) => Date.parse(taken_at))
	};
}

/** Returns by how much each of `snapshots`, the latest first, is above the one before. */
export function growths(snapshots: readonly Snapshot[]): Map<number, number | null> {
	return new Map(
		snapshots.map(({ id, totals }, index) => {
			const before = snapshots[index + 1]?.totals.cost_usd ?? null;
			return [id, before === null || totals.cost_usd === null ? null : totals.cost_usd - before];
		})
	);
}

/** Returns how many days there are of each kind. */
export function countCoverage(days: readonly CoveredDay[]): Record<Coverage, number> {
	const counts = Object.fromEntries(COVERAGES.map((kind) => [kind, 0])) as Record<Coverage, number>;
	for (const day of days) counts[coverageOf(day)] += 1;
	return counts;
}
