/** The responses of a session that are worth a look: the most expensive ones, and those whose tool calls failed. */

import type { SessionResponse } from '$lib/api/types';

/** How many there are of each at most. */
const FEW = 3;

export interface Notable {
	response: SessionResponse;
	/** Names of the tools whose calls failed. */
	failed: readonly string[];
}

/** Returns the responses with the highest costs, the highest first. */
export function mostExpensive(responses: readonly SessionResponse[]): Notable[] {
	return responses
		.filter(({ cost_usd }) => (cost_usd ?? 0) > 0)
		.sort((a, b) => (b.cost_usd ?? 0) - (a.cost_usd ?? 0) || a.at.localeCompare(b.at))
		.slice(0, FEW)
		.map((response) => ({ response, failed: response.failed_tools }));
}

/** Returns the latest responses with a failed tool call, and how many there are. */
export function failing(responses: readonly SessionResponse[]): {
	rows: Notable[];
	count: number;
} {
	const all = responses.filter(({ failed_tools }) => failed_tools.length > 0);
	const latest = all.toSorted((a, b) => b.at.localeCompare(a.at)).slice(0, FEW);
	return {
		rows: latest.map((response) => ({ response, failed: response.failed_tools })),
		count: all.length
	};
}
