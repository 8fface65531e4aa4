/** The read-only link of the visitor, where what is asked for depends on it. */

import type { Result } from '$lib/api/client';
import type { Health } from '$lib/api/types';

/** The part of a `load` function's event that has the state of the server. */
interface Event {
	parent: () => Promise<{ health: Promise<Result<Health>> }>;
	untrack: <Value>(run: () => Value) => Value;
}

/**
 * Returns the scope of the visitor's read-only link, or `null` without one.
 *
 * The state of the server is not tracked: it is asked for again and again, and an answer does not depend on it.
 */
export async function scopeOf({ parent, untrack }: Event) {
	const { health } = await untrack(() => parent());
	const answer = await health;
	return answer.ok ? (answer.value.read_only?.scope ?? null) : null;
}

/** Returns what `ask` yields; never settles for the visitor of a read-only link, because no link reads it. */
export async function unlessVisitor<Value>(event: Event, ask: () => Promise<Value>) {
	return (await scopeOf(event)) ? new Promise<Value>(() => {}) : ask();
}
