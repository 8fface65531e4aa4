import { UNREACHABLE } from '$lib/api/client';
import type { Health, Problem } from '$lib/api/types';
import type { Phase } from '$lib/live/live.svelte';

/** How fresh the numbers are, as far as a person needs to know. */
export type Mood = Phase | 'troubled' | 'paused' | 'offline';

/**
 * Returns how fresh they are; `health` is how the server was last, `problem` why it could not answer.
 *
 * A browser without a network may well reach a server on its own machine, so that it is not asked
 * whether it is online.
 */
export function moodOf(
	phase: Phase,
	paused: boolean,
	health: Pick<Health, 'status'> | null,
	problem: Problem | null
): Mood {
	if (problem?.status === UNREACHABLE) return 'offline';
	if (paused) return 'paused';
	return phase === 'live' && health && health.status !== 'healthy' ? 'troubled' : phase;
}
