import type { Result } from '$lib/api/client';
import type { Problem } from '$lib/api/types';

/**
 * The last value that the server gave, kept while it is asked again and when that fails.
 *
 * Old numbers next to an error are worth more than an empty card. `{#await}` was
 * rejected, because it forgets the value as soon as there is a new promise, and flickers.
 */
export class Kept<Value> {
	/** The last value, or `null` before the first one. */
	value = $state.raw<Value | null>(null);
	/** Why the latest request failed, or `null` if it did not. */
	problem = $state.raw<Problem | null>(null);
	/** Whether a request is on its way. */
	pending = $state(true);

	#latest: Promise<Result<Value>> | null = null;

	/** Takes over what `request` yields, unless a later request was followed by then. */
	async follow(request: Promise<Result<Value>>) {
		if (request === this.#latest) return;
		this.#latest = request;
		this.pending = true;
		const result = await request;
		if (request !== this.#latest) return;
		this.pending = false;
		this.problem = result.ok ? null : result.problem;
		if (result.ok) this.value = result.value;
	}
}

/**
 * Returns what is kept of the requests that `request` names, one after the other.
 *
 * A page calls it once for each promise of its `load`; it must be called while a component is set
 * up: `const models = keep(() => data.models)`.
 */
export function keep<Value>(request: () => Promise<Result<Value>>): Kept<Value> {
	const kept = new Kept<Value>();
	$effect(() => void kept.follow(request()));
	return kept;
}
