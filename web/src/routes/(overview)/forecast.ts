/** Forecasts in words. */

import type { PeriodForecast } from '$lib/api/types';
import type { Formatter } from '$lib/format/format';
import { m } from '$lib/paraglide/messages';

/** Returns the name of a period; a window has its end. */
export function nameOf({ period, ends_at }: PeriodForecast, format: Formatter): string {
	if (period === 'block') return m.forecast_block({ time: format.clock(ends_at) });
	if (period === 'day') return m.range_today();
	return period === 'week' ? m.range_this_week() : m.range_this_month();
}

/** Returns an amount of a forecast; `null` where no cost is known. */
export function costAt({ certainty }: PeriodForecast, amount: number | null): number | null {
	return certainty === 'unknown' ? null : amount;
}

/** Returns the interval of the cost at the end. */
export function intervalOf({ cost, certainty }: PeriodForecast, format: Formatter): string {
	const { low_usd, high_usd } = cost;
	if (certainty === 'unknown' || low_usd === null || high_usd === null) return '';
	return m.forecast_from_to({
		low: format.amount(low_usd, certainty),
		high: format.amount(high_usd, certainty)
	});
}
