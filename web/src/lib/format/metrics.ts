/** How metrics are called. */

import type { Metric } from '$lib/api/types';
import { m } from '$lib/paraglide/messages';

export const METRIC_WORDS: Record<Metric, () => string> = {
	cost_usd: () => m.cost(),
	total_tokens: () => m.tokens(),
	input_tokens: () => m.input(),
	output_tokens: () => m.output(),
	cache_read_tokens: () => m.cache_read(),
	cache_write_5m_tokens: () => m.cache_write_5m(),
	cache_write_1h_tokens: () => m.cache_write_1h(),
	responses: () => m.responses(),
	sessions: () => m.sessions(),
	cache_hit_rate: () => m.cache_hit_rate(),
	cache_saving_usd: () => m.cache_saving()
};

/** Returns whether values of a metric are US dollars. */
export function isUsd(metric: string): boolean {
	return metric === 'cost_usd' || metric === 'cache_saving_usd';
}
