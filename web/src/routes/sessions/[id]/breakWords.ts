import type { BreakReason, CacheBreak } from '$lib/api/types';
import type { Formatter } from '$lib/format/format';
import { m } from '$lib/paraglide/messages';

const REASONS: Record<BreakReason, (pause: string) => string> = {
	model: () => m.break_model(),
	idle: (pause) => m.break_idle({ pause }),
	shortened: () => m.break_shortened(),
	changed: () => m.break_changed()
};

/** Returns why a cache break probably happened. */
export function reasonWords({ reason, pause_ms }: CacheBreak, format: Formatter): string {
	return REASONS[reason](format.duration(pause_ms));
}

/** Returns that there was a cache break, and why. */
export function breakWords(found: CacheBreak, format: Formatter): string {
	return m.break_note({
		lost: format.compact(found.resent_tokens),
		reason: reasonWords(found, format)
	});
}
