/** The hours of today in the form that the wall draws. */

import type { TrendStats } from '$lib/api/types';

/** An hour; heights are shares of the largest one, unknown amounts have none. */
export interface Hour {
	/** Its beginning, as the server wrote it. */
	start: string;
	cost: number | null;
	height: number;
	/** The same hour of the day before. */
	previous: number | null;
	previousHeight: number;
	/** Whether it is not over. */
	partial: boolean;
}

/** Returns the hours of a trend of one day. */
export function hoursOf({ buckets, totals, previous, partial }: TrendStats): Hour[] {
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
			height: heightOf(cost),
			previous: before,
			previousHeight: heightOf(before),
			partial: partial.includes(index)
		};
	});
}
