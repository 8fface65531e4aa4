/** What one percent of each official limit buys, in the form that its table shows. */

import type { LimitCalibrations as Calibrations } from '$lib/api/types';

export type { Calibrations };
type Calibration = Calibrations['limits'][number];

/** A rate with its limit. */
export interface RateRow {
	key: string;
	limit: Calibration;
	rate: Calibration['rates'][number];
}

/** Returns the rates of all limits, the present one of each first. */
export function rowsOf({ limits }: Calibrations): RateRow[] {
	return limits.flatMap((limit) =>
		limit.rates
			.toReversed()
			.map((rate) => ({ key: `${limit.source} ${limit.window} ${rate.from}`, limit, rate }))
	);
}
