/** What cost drivers are called, and what lowers the cost of each. */

import { m } from '$lib/paraglide/messages';
import type { Driver } from './drivers';

/** The names; `bound` is where a driver begins. */
export const DRIVER_WORDS: Record<Driver, (bound: string) => string> = {
	long_context: (bound) => m.driver_long_context({ bound }),
	subagents: () => m.lane_subagents(),
	parallel_sessions: (bound) => m.driver_parallel_sessions({ bound }),
	long_sessions: (bound) => m.driver_long_sessions({ bound }),
	cache_misses: (bound) => m.driver_cache_misses({ bound })
};

/** What a list of the responses with a driver is narrowed to. */
export const ONLY_WORDS: Record<Driver | 'none', () => string> = {
	long_context: () => m.responses_only_long_context(),
	subagents: () => m.responses_only_subagents(),
	parallel_sessions: () => m.responses_only_parallel_sessions(),
	long_sessions: () => m.responses_only_long_sessions(),
	cache_misses: () => m.responses_only_cache_misses(),
	none: () => m.responses_only_no_driver()
};

export const ADVICE_WORDS: Record<string, () => string> = {
	compact: () => m.driver_advice_compact(),
	smaller_model: () => m.driver_advice_smaller_model(),
	fewer_sessions: () => m.driver_advice_fewer_sessions(),
	new_session: () => m.driver_advice_new_session(),
	stay_in_cache: () => m.driver_advice_stay_in_cache()
};
