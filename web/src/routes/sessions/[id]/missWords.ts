import type { CacheMiss } from '$lib/api/types';
import { causeWords } from '$lib/cache/causes';
import type { Formatter } from '$lib/format/format';
import { m } from '$lib/paraglide/messages';

/** Returns why a response missed the cache, with the pause that was too long. */
export function reasonWords({ cause, basis, pause_ms }: CacheMiss, format: Formatter): string {
	const idle = basis === 'inferred' && cause === 'expired' && typeof pause_ms === 'number';
	return idle ? m.misses_idle({ pause: format.duration(pause_ms) }) : causeWords(cause);
}

/** Returns that a response missed the cache, and why. */
export function missWords(found: CacheMiss, format: Formatter): string {
	return m.misses_note({
		lost: format.compact(found.resent_tokens),
		reason: reasonWords(found, format)
	});
}
