import { UNREACHABLE } from '$lib/api/client';
import type { Health, HealthCondition, Problem } from '$lib/api/types';
import { hindersReading, isFirstRun } from '$lib/state/situation';

/** The text of the one banner above every page. */
export type Banner =
	/** The server is away; `unseen` if this page never had an answer of it. */
	| { kind: 'away'; unseen: boolean }
	/** The figures are, or will be, older than the transcripts. */
	| { kind: 'condition'; condition: HealthCondition; others: number }
	/** The visitor has a read-only link; `demo` if the figures are made up, too. */
	| { kind: 'read_only'; until: string; demo: boolean }
	/** The figures are made up. */
	| { kind: 'demo' };

/**
 * Returns what the banner says, or `null` without one; `health` is how the server was last, `problem` why
 * it could not answer.
 *
 * Other conditions leave the figures as new as the transcripts, or nearly: the badge and the settings
 * show them.
 */
export function bannerOf(health: Health | null, problem: Problem | null): Banner | null {
	if (problem?.status === UNREACHABLE) return { kind: 'away', unseen: health === null };
	if (!health) return null;
	const found = health.conditions.filter(hindersReading);
	// A page without any figures reports a missing home itself.
	const [condition, ...others] = isFirstRun(health)
		? found.filter(({ code }) => code !== 'home_unreadable')
		: found;
	if (condition) return { kind: 'condition', condition, others: others.length };
	if (health.read_only) {
		return { kind: 'read_only', until: health.read_only.until, demo: health.demo };
	}
	return health.demo ? { kind: 'demo' } : null;
}
