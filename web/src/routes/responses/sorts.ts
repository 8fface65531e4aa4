/** By what the responses of a period are sorted: the columns, and what the server calls them. */

import type { ResponseSort } from '$lib/api/types';

export const SORTS = ['at', 'cost', 'output'] as const;
export type Sort = (typeof SORTS)[number];

export const SERVER_SORTS: Record<Sort, ResponseSort> = {
	at: 'at',
	cost: 'cost_usd',
	output: 'output_tokens'
};
