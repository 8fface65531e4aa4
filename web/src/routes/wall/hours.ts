/** The hours of today in the form that the wall draws. */

import type { TrendStats } from '$lib/api/types';
import { certaintyAt } from '$lib/charts/columns';
import type { Certainty } from '$lib/format/format';

/** An hour; heights are shares of the largest one, unknown amounts have none. */
export interface Hour {
	/** Its beginning, as the server wrote it. */
	start: string;
	cost: number | null;
	certainty: Certainty;
	height: number;
	/** The same hour of the day before. */
	previous: number | null;
	previousCertainty: Certainty;
	previousHeight: number;
	/** Whether it is not over. */
	partial: boolean;
}

/** Returns the hours of a trend of one day. */
export function hoursOf(trend: TrendStats): Hour[] {
	const { buckets, totals, previous, partial } = trend;
	const now = { values: totals, least: new Set(trend.at_least) };
	const earlier = { values: previous ?? [], least: new Set(trend.previous_at_least) };
	const most = Math.max(
		0,
		...totals.map((cost) => cost ?? 0),
		...(previous ?? []).map((c) => c ?? 0)
	);
	const heightOf = (cost: number | null) => (most > 0 && cost !== null ? cost / most : 0);
	return buckets.map((start, index) => {
		const cost = totals[index] ?? null;
		const before = previous?.[index] ?? null;
		return {
			start,
			cost,
			certainty: certaintyAt(now, index),
			height: heightOf(cost),
			previous: before,
			previousCertainty: certaintyAt(earlier, index),
			previousHeight: heightOf(before),
			partial: partial.includes(index)
		};
	});
}
