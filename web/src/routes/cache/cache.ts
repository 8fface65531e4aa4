/** How the cache was used, in the form that its page shows. */

import type { Usage } from '$lib/api/types';
import type { Known } from '$lib/charts/columns';
import type { DualRow } from '$lib/charts/rows';
import { sorted, type Sorting } from '$lib/ui/table';

/** What the hit rate is shown of. */
export const PARTS = ['none', 'model'] as const;
export type Part = (typeof PARTS)[number];

/** What misses are listed by. */
export const MISSES_BY = ['project', 'session', 'version'] as const;
export type MissesBy = (typeof MISSES_BY)[number];

/** What both tables of the page can be sorted by. */
export const SORTS = ['reads', 'name', 'rate', 'writes', 'input', 'saving'] as const;
export type Sort = (typeof SORTS)[number];

/** A model or a project, and what it used. */
export interface CacheRow {
	key: string;
	label: string;
	usage: Usage;
}

/** Returns all tokens that were written to the cache. */
export function writesOf(
	usage: Pick<Usage, 'cache_write_5m_tokens' | 'cache_write_1h_tokens'>
): number {
	return usage.cache_write_5m_tokens + usage.cache_write_1h_tokens;
}

/** Returns `rows` in the chosen order, by default those with most cache reads first. */
export function listed(rows: readonly CacheRow[], sorting?: Sorting): CacheRow[] {
	const by = SORTS.find((sort) => sort === sorting?.by) ?? 'reads';
	return sorted(rows, (row) => valueOf(row, by), sorting?.order ?? 'desc');
}

function valueOf({ label, usage }: CacheRow, by: Sort): Known | string {
	switch (by) {
		case 'name':
			return label;
		case 'rate':
			return usage.cache_hit_rate;
		case 'reads':
			return usage.cache_read_tokens;
		case 'writes':
			return writesOf(usage);
		case 'input':
			return usage.input_tokens;
		case 'saving':
			return usage.cache_saving_usd;
	}
}

/** Returns how writes for five minutes and for an hour share, of what wrote anything. */
export function writeRows(rows: readonly CacheRow[], write: (tokens: number) => string): DualRow[] {
	return rows
		.filter(({ usage }) => writesOf(usage) > 0)
		.map(({ key, label, usage }) => ({
			key,
			label,
			values: [usage.cache_write_5m_tokens, usage.cache_write_1h_tokens],
			text: `${write(usage.cache_write_5m_tokens)} / ${write(usage.cache_write_1h_tokens)}`
		}));
}

/** Returns the positions of the lowest and highest of `values` apart from those in `without`, or `null` where none is known. */
export function extremesOf(
	values: readonly Known[],
	without: ReadonlySet<number> = new Set()
): { lowest: number; highest: number } | null {
	let found: { lowest: number; highest: number } | null = null;
	for (const [index, value] of values.entries()) {
		if (value === null || without.has(index)) continue;
		found ??= { lowest: index, highest: index };
		if (value < (values[found.lowest] ?? 0)) found.lowest = index;
		if (value > (values[found.highest] ?? 0)) found.highest = index;
	}
	return found;
}
