import type { SessionResponse } from '$lib/api/types';

/** What the responses of a session can be sorted by; by time, the server sorts them. */
export const SORTS = ['at', 'cost', 'output'] as const;

/** What a response is sorted by. */
export const VALUES: Record<
	(typeof SORTS)[number],
	(response: SessionResponse) => number | string | null
> = {
	at: ({ at }) => at,
	cost: ({ cost_usd }) => cost_usd,
	output: ({ output_tokens }) => output_tokens
};
