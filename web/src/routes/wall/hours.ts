/** The hours of today in the form that the wall draws. */

import type { Now, TrendStats } from '$lib/api/types';
import { certaintyAt } from '$lib/charts/bounded';
import type { Certainty } from '$lib/format/format';

const HOUR_MS = 3_600_000;

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

/** An hour before its height is known. */
type Amounts = Omit<Hour, 'height' | 'previousHeight'>;

/** Returns the hours of a trend of one day. */
export function hoursOf(trend: TrendStats): Hour[] {
	const now = { values: trend.totals, least: new Set(trend.at_least) };
	const earlier = { values: trend.previous ?? [], least: new Set(trend.previous_at_least) };
	return withHeights(
		trend.buckets.map((start, index) => ({
			start,
			cost: now.values[index] ?? null,
			certainty: certaintyAt(now, index),
			previous: earlier.values[index] ?? null,
			previousCertainty: certaintyAt(earlier, index),
			partial: trend.partial.includes(index)
		}))
	);
}

/** Returns the hours of the present state. */
export function hoursOfToday({ hours, meta }: Pick<Now, 'hours' | 'meta'>): Hour[] {
	return withHeights(
		hours.map((hour) => ({
			start: hour.start_at,
			cost: hour.cost_usd,
			certainty: hour.certainty,
			previous: hour.previous_cost_usd,
			previousCertainty: hour.previous_certainty,
			partial: Date.parse(hour.start_at) + HOUR_MS > Date.parse(meta.generated_at)
		}))
	);
}

function withHeights(hours: readonly Amounts[]): Hour[] {
	const most = Math.max(0, ...hours.flatMap(({ cost, previous }) => [cost ?? 0, previous ?? 0]));
	const heightOf = (cost: number | null) => (most > 0 && cost !== null ? cost / most : 0);
	return hours.map((hour) => ({
		...hour,
		height: heightOf(hour.cost),
		previousHeight: heightOf(hour.previous)
	}));
}
