/**
 * Figures that rest while they are read.
 *
 * # Design
 *
 * Nothing should change under a cursor, and nothing else should wait for that: each view rests alone,
 * and the rest of the page follows. A view that rests shows the value that it had, counts what comes
 * meanwhile, and continues by itself when nothing has moved for a while. Stopping the announcements of
 * the server was rejected: a pointer left on a chart stopped the whole page.
 */

import { getContext, setContext, untrack } from 'svelte';

/** How long a view rests after the last movement of a cursor in it, in milliseconds. */
export const REST_MS = 10_000;

export class Rest {
	/** Whether the view is being read. */
	held = $state(false);
	/** Number of updates that came meanwhile. */
	waiting = $state(0);
	#timer: ReturnType<typeof setTimeout> | undefined;

	/** Rests from now on, until {@link release} or until nothing has moved for a while. */
	hold() {
		this.held = true;
		clearTimeout(this.#timer);
		this.#timer = setTimeout(() => this.release(), REST_MS);
	}

	/** Ends the rest. */
	release() {
		clearTimeout(this.#timer);
		this.held = false;
		this.waiting = 0;
	}

	/** Notes an update, which is shown later if the view rests. */
	note() {
		if (this.held) this.waiting++;
	}
}

const KEY = Symbol('rest');

/** Has the charts within a component rest together; to be called while it is set up. */
export function provideRest(): Rest {
	return setContext(KEY, new Rest());
}

/** Returns what the view around rests by, or outside of views what nothing else rests by. */
export function useRest(): Rest {
	return getContext<Rest | undefined>(KEY) ?? new Rest();
}

/** Returns `read()`, as it was before `rest` was held; to be called while a component is set up. */
export function resting<Value>(rest: Rest, read: () => Value): { readonly current: Value } {
	let shown: { value: Value } | undefined;
	const value = $derived.by(() => {
		if (rest.held && shown) return shown.value;
		shown = { value: read() };
		return shown.value;
	});
	// What was never read could not be kept.
	untrack(() => value);
	return {
		get current() {
			return value;
		}
	};
}
