/** The present state, for tests. */

import type { Now } from '$lib/api/types';
import { meta, usage } from './answers';

/** Returns a present state with the costs of the day and the month, and a used part of the 5-hour limit in percent. */
export function present(given: { day?: number; month?: number; fiveHour?: number | null }): Now {
	const { day = 0, month = day, fiveHour = null } = given;
	const span = (cost: number, elapsed: number) => ({
		...usage(1, cost),
		from: '2026-01-30',
		to: '2026-01-30',
		elapsed
	});
	const limit = fiveHour !== null && {
		used_percentage: fiveHour,
		resets_at: '2026-01-30T15:00:00Z',
		sampled_at: '2026-01-30T12:00:00Z',
		percent_per_h: null,
		runs_out_at: null
	};
	return {
		meta,
		sessions: [],
		usd_per_min: 0,
		pace_certainty: 'exact',
		hours: [],
		previous: null,
		day: span(day, 0.5),
		week: span(day, 0.6),
		month: span(month, 0.95),
		block: null,
		limits: limit ? { source: null, five_hour: limit, seven_day: null, others: [] } : null,
		targets: { block: null, day: null, week: null, month: null }
	};
}
