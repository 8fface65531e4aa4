/** Causes of misses of the prompt cache. */

import { printable } from '$lib/format/name';
import { m } from '$lib/paraglide/messages';

const CAUSES: Record<string, () => string> = {
	messages_changed: () => m.miss_messages_changed(),
	model_changed: () => m.miss_model_changed(),
	system_changed: () => m.miss_system_changed(),
	tools_changed: () => m.miss_tools_changed(),
	previous_message_not_found: () => m.miss_not_found(),
	unavailable: () => m.miss_unavailable(),
	model: () => m.miss_model_changed(),
	expired: () => m.miss_expired(),
	ttl_expired_5m: () => m.miss_unused_5m(),
	ttl_expired_1h: () => m.miss_unused_1h(),
	shortened: () => m.miss_shortened(),
	changed: () => m.miss_changed()
};

/** Returns why the cache was missed; an unknown cause is shown as logged. */
export function causeWords(cause: string): string {
	return CAUSES[cause]?.() ?? printable(cause);
}
