/** What parts, caches and kinds of tokens are called. */

import { m } from '$lib/paraglide/messages';
import type { Scenario } from './scenario';

export const CACHE_WORDS: Record<Scenario['cache'], () => string> = {
	actual: () => m.cache_alternative_actual(),
	none: () => m.cache_alternative_none(),
	'5m': () => m.cache_alternative_5m(),
	'1h': () => m.cache_alternative_1h()
};

export const PART_WORDS: Record<Scenario['part'], () => string> = {
	all: () => m.what_if_all(),
	main: () => m.what_if_main(),
	subagents: () => m.lane_subagents()
};

const KIND_WORDS: Record<string, () => string> = {
	input: () => m.input(),
	output: () => m.output(),
	cache_read: () => m.cache_read(),
	cache_write_5m: () => m.cache_write_5m(),
	cache_write_1h: () => m.cache_write_1h(),
	web_searches: () => m.web_searches()
};

/** Returns what a kind of tokens is called. */
export function kindOf(kind: string): string {
	return KIND_WORDS[kind]?.() ?? kind;
}
