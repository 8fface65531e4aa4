/** Misses of the prompt cache and its use by duration: rows of tables. */

import type { CacheStats } from '$lib/api/types';
import { causeWords } from '$lib/cache/causes';
import type { Formatter } from '$lib/format/format';
import { m } from '$lib/paraglide/messages';
import type { MissesBy } from './cache';

export const MISSES_WORDS: Record<MissesBy, () => string> = {
	project: () => m.project(),
	session: () => m.session(),
	version: () => m.by_version()
};

type Misses = CacheStats['misses'];

/** A cause or an item with its misses, all further items, or the sum. */
export interface MissRow {
	key: string;
	name: string;
	/** Whether the cause is inferred. */
	inferred?: boolean;
	/** The misses of a list of responses. */
	misses?: string;
	/** The key of an item that has a page. */
	item?: string;
	of: Misses;
}

/** Returns the causes, which add up to the last row. */
export function causeRows({ causes, misses }: CacheStats): MissRow[] {
	const rows = causes.map(({ cause, basis, ...of }) => ({
		key: `${basis} ${cause}`,
		name: causeWords(cause),
		inferred: basis === 'inferred',
		misses: `${basis}:${cause}`,
		of
	}));
	return [...rows, { key: 'total', name: m.total(), misses: 'any', of: misses }];
}

/** Returns the items, and the sum of all others. */
export function itemRows({ items, rest, rest_count }: CacheStats, format: Formatter): MissRow[] {
	const rows = items.map(({ key, label, ...of }) => ({
		key: `item ${key ?? ''}`,
		name: label === null || label === undefined ? m.by_none() : label,
		item: key ?? undefined,
		of
	}));
	const others = m.changes_rest({ count: format.count(rest_count) });
	return rest ? [...rows, { key: 'rest', name: others, of: rest }] : rows;
}

export const ALTERNATIVES: Record<string, () => string> = {
	actual: () => m.cache_alternative_actual(),
	none: () => m.cache_alternative_none(),
	'5m': () => m.cache_alternative_5m(),
	'1h': () => m.cache_alternative_1h()
};

/** Returns the name of a duration. */
export function durationOf(duration: string): string {
	return duration === '5m' ? m.cache_duration_5m() : m.cache_duration_1h();
}
