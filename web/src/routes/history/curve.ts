/** Snapshots as a curve. */

import type { Snapshot } from '$lib/api/types';
import { certaintyOf, singleColumns, type Columns } from '$lib/charts/columns';

export type SnapshotMetric = 'cost_usd' | 'total_tokens';

/** Returns snapshots as a curve, the earliest first, and when each was taken. */
export function snapshotColumns(
	snapshots: readonly Snapshot[],
	metric: SnapshotMetric,
	label: string
): { columns: Columns; times: number[] } {
	const earliestFirst = snapshots.toSorted((one, other) => one.id - other.id);
	const values = earliestFirst.map(({ totals }) => ({
		value: totals[metric],
		certainty: certaintyOf(totals, metric)
	}));
	return {
		columns: singleColumns(
			label,
			earliestFirst.map(({ taken_at }) => taken_at),
			values,
			values.at(-1) ?? { value: null, certainty: 'unknown' }
		),
		times: earliestFirst.map(({ taken_at }) => Date.parse(taken_at))
	};
}
