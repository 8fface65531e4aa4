/** Machines that push, in words. */

import type { NewTeamInvite, TeamMachine } from '$lib/api/types';
import type { Formatter } from '$lib/format/format';
import { m } from '$lib/paraglide/messages';

export type Disclosure = NonNullable<NewTeamInvite['level']>;

/** How much a machine discloses. */
export const DISCLOSURES = {
	names: () => m.team_level_names(),
	hashed: () => m.team_level_hashed(),
	totals: () => m.team_level_totals()
} as const satisfies Record<Disclosure, () => string>;

/** Differences of clocks below it are those of the way there. */
const EXACT_MS = 60_000;

/** Returns when a machine last pushed, or why it does not. */
export function pushWords({ revoked, pushed_at }: TeamMachine, format: Formatter): string {
	if (revoked) return m.team_revoked();
	return pushed_at === null ? m.team_never() : format.moment(pushed_at);
}

/** Returns by how much a clock differs from the hub's. */
export function clockWords(skew_ms: number | null, format: Formatter): string {
	if (skew_ms === null) return '';
	if (Math.abs(skew_ms) < EXACT_MS) return m.team_clock_exact();
	const time = format.duration(Math.abs(skew_ms));
	return skew_ms > 0 ? m.team_clock_behind({ time }) : m.team_clock_ahead({ time });
}
