/** Failed requests in words. */

import { UNREACHABLE } from '$lib/api/client';
import type { Problem } from '$lib/api/types';
import { m } from '$lib/paraglide/messages';

/** Returns what failed, in the server's own words where it has any. */
export function problemTitle({ status, title }: Problem): string {
	if (status === UNREACHABLE) return m.problem_unreachable();
	return title || m.problem_default({ status });
}
