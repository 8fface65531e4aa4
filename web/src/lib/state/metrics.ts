import type { Metric } from '$lib/api/types';

/** The metrics whose values of parts add up to the value of the whole. */
export const SUMMED = [
	'cost_usd',
	'total_tokens',
	'input_tokens',
	'output_tokens',
	'cache_read_tokens',
	'cache_write_5m_tokens',
	'cache_write_1h_tokens',
	'responses'
] as const satisfies readonly Metric[];
