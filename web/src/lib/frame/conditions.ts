/** What conditions of the server are called. */

import type { ConditionCode } from '$lib/api/types';
import { m } from '$lib/paraglide/messages';

const CONDITIONS: Record<ConditionCode, () => string> = {
	database_full: () => m.condition_database_full(),
	database_locked: () => m.condition_database_locked(),
	database_io: () => m.condition_database_io(),
	database_unopened: () => m.condition_database_unopened(),
	database_read_only: () => m.condition_database_read_only(),
	database_moved: () => m.condition_database_moved(),
	database_damaged: () => m.condition_database_damaged(),
	database_foreign: () => m.condition_database_foreign(),
	database_version: () => m.condition_database_version(),
	database_slow: () => m.condition_database_slow(),
	database_failed: () => m.condition_database_failed(),
	home_unreadable: () => m.condition_home_unreadable(),
	transcripts_unreadable: () => m.condition_transcripts_unreadable(),
	reading_failed: () => m.condition_reading_failed(),
	reading_behind: () => m.condition_reading_behind(),
	watcher_polling: () => m.condition_watcher_polling(),
	log_failing: () => m.condition_log_failing(),
	collector_failing: () => m.condition_collector_failing()
};

/** Returns what a condition is called; a newer server has more of them. */
export function conditionWords(code: ConditionCode): string {
	return CONDITIONS[code]?.() ?? code;
}
