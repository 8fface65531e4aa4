/** A present state in which everything is shown: limits, a window, sessions and exceeded targets. */

import type { Page } from '@playwright/test';
import type { Limits, Now } from '../src/lib/api/types';
import { ask, endpoint } from './helpers';

const MINUTE_MS = 60_000;

/** Returns the moment that is so many minutes from now. */
const at = (minutes: number) => new Date(Date.now() + minutes * MINUTE_MS).toISOString();

/** Returns a limit in a window. */
function limit(used_percentage: number, resets: number) {
	return {
		used_percentage,
		resets_at: at(resets),
		sampled_at: at(-7),
		percent_per_h: 12,
		runs_out_at: at(resets / 2)
	};
}

/** Returns the prompt cache of a session that expires in so many minutes, or of which nothing but a name is known. */
export function promptCache(
	index: number,
	minutes: number | null,
	misses: number
): Limits['caches'][number] {
	return {
		session: `5e551011-0000-4000-8000-00000000000${index}`,
		session_title: null,
		source: null,
		model: 'claude-opus-5-5',
		sampled_at: at(-1),
		ttl_minutes: 60,
		expires_at: minutes === null ? null : at(minutes),
		cold_cost_usd: minutes === null ? null : 1.23,
		recache_tokens: minutes === null ? null : 123_000,
		requests: 40,
		misses,
		expected_rebuilds: 1,
		missed_tokens: 100_000 * misses,
		last_miss_at: misses > 0 ? at(-17) : null,
		last_miss_causes: misses > 0 ? ['ttl_expired_5m', 'tools_changed'] : [],
		miss_causes:
			misses > 0
				? [
						{ cause: 'ttl_expired_5m', misses },
						{ cause: 'tools_changed', misses: 1 }
					]
				: []
	};
}

/** Returns `now` with everything in it; without official limits, the window is estimated. */
export function busy(now: Now, official = true): Now {
	// However little is used early in a day, or in a month.
	const spent = { cost_usd: 12.5, certainty: 'exact' } as const;
	const window = {
		...now.day,
		...spent,
		start_at: at(-200),
		end_at: at(100),
		first_at: at(-190),
		last_at: at(-1),
		active: true,
		gap: false,
		burn_tokens_per_min: 1000,
		burn_usd_per_h: 1.5,
		projected_tokens: 500_000,
		projected_cost_usd: 7.5,
		estimated: true
	};
	const sessions = Array.from({ length: 5 }, (_, index) => ({
		id: `5e551011-0000-4000-8000-00000000000${index}`,
		project: `/home/u/src/a-rather-long-name-of-a-project-${index}`,
		project_label: `a-rather-long-name-of-a-project-${index}`,
		model: 'claude-opus-5-5',
		model_label: 'Opus 5.5',
		last_at: at(-1),
		usd_per_min: 0.25,
		certainty: 'exact' as const
	}));
	const limits = {
		source: null,
		five_hour: limit(83, 100),
		seven_day: limit(97, 3000),
		others: [{ ...limit(20, 3000), window: 'seven_day_opus' }]
	};
	return {
		...now,
		block: window,
		day: { ...now.day, ...spent },
		week: { ...now.week, ...spent },
		month: { ...now.month, ...spent },
		sessions,
		usd_per_min: 1.25,
		limits: official ? limits : null,
		targets: { block: 0.001, day: 0.001, week: 0.001, month: 0.001 }
	};
}

/** Has the server answer with a present state in which everything is shown. */
export async function plantBusy(page: Page, official = true) {
	const now: Now = await ask(page, '/now', {});
	await page.route(endpoint('/now'), (route) => route.fulfill({ json: busy(now, official) }));
}
