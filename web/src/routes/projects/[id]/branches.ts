import type { Session } from '$lib/api/types';
import { certaintyOfSum, type Certainty } from '$lib/format/format';

/** What was used on a git branch. */
export interface Branch {
	/** `null` where none was logged. */
	name: string | null;
	sessions: number;
	responses: number;
	tokens: number;
	/** Of what has a price, or `null` if nothing has one. */
	cost_usd: number | null;
	certainty: Certainty;
	unpricedTokens: number;
	lastAt: string | null;
}

/** Returns the branches of `sessions`, the most expensive first; a session counts to its last branch. */
export function branchesOf(sessions: readonly Session[]): Branch[] {
	const branches = new Map<string | null, Branch>();
	for (const session of sessions) {
		const { branch: name, cost_usd, certainty, ended_at } = session;
		const before = branches.get(name);
		branches.set(name, {
			name,
			sessions: (before?.sessions ?? 0) + 1,
			responses: (before?.responses ?? 0) + session.responses,
			tokens: (before?.tokens ?? 0) + session.total_tokens,
			cost_usd: cost_usd === null ? (before?.cost_usd ?? null) : (before?.cost_usd ?? 0) + cost_usd,
			certainty: before ? certaintyOfSum([before.certainty, certainty]) : certainty,
			unpricedTokens: (before?.unpricedTokens ?? 0) + session.unpriced_tokens,
			lastAt: later(before?.lastAt ?? null, ended_at)
		});
	}
	return [...branches.values()].sort(
		(one, other) => (other.cost_usd ?? 0) - (one.cost_usd ?? 0) || other.tokens - one.tokens
	);
}

function later(one: string | null, other: string | null): string | null {
	if (one === null || other === null) return one ?? other;
	return Date.parse(one) > Date.parse(other) ? one : other;
}
