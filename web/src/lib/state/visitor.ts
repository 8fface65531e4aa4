/** The read-only link of the visitor, where what is asked for depends on it. */

import type { Result } from '$lib/api/client';
import type { Health } from '$lib/api/types';
import { readStored, removeStored, store } from './stored';

/** The part of a `load` function's event that has the state of the server. */
interface Event {
	parent: () => Promise<{ health: Promise<Result<Health>> }>;
	untrack: <Value>(run: () => Value) => Value;
}

/**
 * Returns the scope of the visitor's read-only link, or `null` without one; the browser remembers whether there is one.
 *
 * The state of the server is not tracked: it is asked for again and again, and an answer does not depend on it.
 */
export async function scopeOf({ parent, untrack }: Event) {
	const { health } = await untrack(() => parent());
	const answer = await health;
	if (!answer.ok) return null;
	const scope = answer.value.read_only?.scope ?? null;
	if (scope) store('visitor', scope);
	else removeStored('visitor');
	return scope;
}

/** How long a page waits for the state of the server before it asks, in milliseconds. */
const PATIENCE_MS = 500;

/**
 * Returns what `ask` yields; never settles for the visitor of a read-only link, because no link reads it.
 *
 * A server that is slow to describe its state holds nothing back, except in a browser that visited before: at worst, the first page of a
 * visitor has a request refused.
 */
export async function unlessVisitor<Value>(event: Event, ask: () => Promise<Value>) {
	const patience = new Promise<null>((resolve) => setTimeout(resolve, PATIENCE_MS, null));
	const scope = scopeOf(event);
	const known = readStored('visitor') ? await scope : await Promise.race([scope, patience]);
	return known ? new Promise<Value>(() => {}) : ask();
}
