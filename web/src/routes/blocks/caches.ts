/** Prompt caches in the form that their table shows. */

import type { Limits } from '$lib/api/types';
import { causeWords } from '$lib/cache/causes';

export type PromptCache = Limits['caches'][number];
type MissCause = PromptCache['miss_causes'][number];

/** Returns how many milliseconds a cache has left at `now`; `null` where that is unknown. */
export function leftOf({ expires_at }: PromptCache, now: number): number | null {
	return expires_at === null ? null : Math.max(0, Date.parse(expires_at) - now);
}

/** Returns causes in words, each with its number; those without a name are left out. */
export function countedCauses(causes: MissCause[], count: (value: number) => string): string[] {
	return causes
		.filter(({ cause }) => cause !== '')
		.map(({ cause, misses }) => `${causeWords(cause)} ${count(misses)}×`);
}
