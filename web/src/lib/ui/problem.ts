/** Failed requests in words. */

import { UNREACHABLE } from '$lib/api/client';
import type { Problem } from '$lib/api/types';
import { m } from '$lib/paraglide/messages';

/** Whether a hub does not have what only the machines have, which no other attempt changes. */
export function isOfMachines({ code }: Problem): boolean {
	return code === 'of_machines';
}

/** Returns what failed, in the server's own words where it has any. */
export function problemTitle(problem: Problem): string {
	if (isOfMachines(problem)) return m.problem_of_machines();
	const { status, title } = problem;
	if (status === UNREACHABLE) return m.problem_unreachable();
	return title || m.problem_default({ status });
}
