import { UNREACHABLE } from '$lib/api/client';
import type { Problem } from '$lib/api/types';
import type { Phase } from '$lib/live/live.svelte';

/** How fresh the numbers are, as far as a person needs to know. */
export type Mood = Phase | 'paused' | 'offline';

/**
 * Returns how fresh they are; `problem` is why the server could not tell how it is.
 *
 * A browser without a network may well reach a server on its own machine, so that it is not asked
 * whether it is online.
 */
export function moodOf(phase: Phase, paused: boolean, problem: Problem | null): Mood {
	if (phase === 'stale' && problem?.status === UNREACHABLE) return 'offline';
	return paused ? 'paused' : phase;
}
