/** What the page of the models asks for and how its rows are shaped. */

import type { ModelUsage, Usage } from '$lib/api/types';
import type { Known } from '$lib/charts/columns';
import { sorted, type Sorting } from '$lib/ui/table';

export const METRICS = ['cost_usd', 'total_tokens'] as const;
export const STEPS = ['day', 'week', 'month'] as const;
export type Step = (typeof STEPS)[number] | 'hour';
export const SORTS = [
	'standard',
	'model',
	'input_tokens',
	'output_tokens',
	'cache_read_tokens',
	'cache_write_5m_tokens',
	'cache_write_1h_tokens',
	'total_tokens',
	'cost_usd',
	'rate'
] as const;
export type Sort = (typeof SORTS)[number];

/**
 * Returns what a million tokens cost in fact, in US dollars.
 *
 * It is unknown where some tokens have no price: their part of the cost is missing, but not their
 * part of the tokens.
 */
export function effectiveRate(
	usage: Pick<Usage, 'cost_usd' | 'total_tokens' | 'unpriced_tokens'>
): Known {
	const { cost_usd, total_tokens, unpriced_tokens } = usage;
	if (cost_usd === null || unpriced_tokens > 0 || total_tokens === 0) return null;
	return (cost_usd / total_tokens) * 1e6;
}

/** Returns the models that have no price for some of their tokens. */
export function unpricedOf(items: readonly ModelUsage[]): ModelUsage[] {
	return items.filter(({ unpriced_tokens }) => unpriced_tokens > 0);
}

/** Returns the models as they are to be listed: by default those without a price come first. */
export function listed(items: readonly ModelUsage[], sorting?: Sorting): ModelUsage[] {
	const by = SORTS.find((sort) => sort === sorting?.by) ?? 'standard';
	if (!sorting || by === 'standard') {
		const unpriced = new Set(unpricedOf(items));
		return [...unpriced, ...items.filter((item) => !unpriced.has(item))];
	}
	return sorted(
		items,
		(item) => (by === 'model' ? item.label : by === 'rate' ? effectiveRate(item) : item[by]),
		sorting.order
	);
}

/** Returns what to write into the file with one's own prices: each name means the model `like`. */
export function aliasesFor(models: readonly { model: string }[], like: string): string {
	// Names as TOML and JSON write them differ in nothing that a model's name has.
	const lines = models.map(({ model }) => `${JSON.stringify(model)} = ${JSON.stringify(like)}`);
	return ['[alias]', ...lines].join('\n');
}

/** Returns the same as prices of their own. */
export function pricesFor(models: readonly { model: string }[]): string {
	return models
		.map(({ model }) =>
			['[[price]]', `model = ${JSON.stringify(model)}`, 'input = "3"', 'output = "15"'].join('\n')
		)
		.join('\n\n');
}
