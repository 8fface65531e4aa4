/** What is shown, asked for again. */

import { invalidate, invalidateAll } from '$app/navigation';
import { navigating } from '$app/state';

/**
 * Asks again for what depends on `dependency`, or for everything without one.
 *
 * SvelteKit cancels a navigation during which something is invalidated: a click would be lost whenever
 * the server announced a change at that moment. So it waits for the end of one that is under way.
 */
export async function reload(dependency?: string): Promise<void> {
	await navigating.complete?.catch(() => {});
	await (dependency === undefined ? invalidateAll() : invalidate(dependency));
}
