import { getContext, setContext } from 'svelte';

/** What a chart and its legend share: the series that somebody points at. */
export class Highlight {
	/** Its colour slot, or `null` while there is none. */
	slot = $state<number | null>(null);

	/** Returns whether a series steps back behind the one that is pointed at. */
	dims(slot: number): boolean {
		return this.slot !== null && this.slot !== slot;
	}
}

const KEY = Symbol('highlight');

export function provideHighlight(): Highlight {
	return setContext(KEY, new Highlight());
}

/** Returns the highlight of the figure around, or one that nobody sets outside of figures. */
export function useHighlight(): Highlight {
	return getContext<Highlight | undefined>(KEY) ?? new Highlight();
}
