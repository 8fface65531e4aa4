import type { Health, Stats } from '$lib/api/types';

/**
 * What the page has to say as a whole.
 *
 * `ready` covers every case in which there are numbers, and those in which each card tells by
 * itself what it is waiting for.
 */
export type Situation =
	| 'ready'
	| 'empty_range'
	| 'empty_ever'
	| 'scanning'
	| 'claude_dir_missing'
	| 'claude_dir_unreadable';

/** Returns the situation; `everything` tells whether `stats` is about all days. */
export function situationOf(
	health: Health | null,
	stats: Stats | null,
	everything: boolean
): Situation {
	if (!stats || stats.totals.responses > 0) return 'ready';
	if (health?.ingest.state === 'scanning') return 'scanning';
	if (health && !health.claude_dir.exists) return 'claude_dir_missing';
	if (health && !health.claude_dir.readable) return 'claude_dir_unreadable';
	return everything ? 'empty_ever' : 'empty_range';
}
