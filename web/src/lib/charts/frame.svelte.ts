import { getContext, setContext } from 'svelte';

/** What a figure, its chart and its legend share. */
export class Frame {
	/** The colour slot of the series under the pointer, or `null` without one. */
	slot = $state<number | null>(null);

	/** Returns whether a series steps back behind the one that is pointed at. */
	dims(slot: number): boolean {
		return this.slot !== null && this.slot !== slot;
	}
}

const KEY = Symbol('frame');

export function provideFrame(): Frame {
	return setContext(KEY, new Frame());
}

/** Returns the state of the surrounding figure, or outside of figures a state of its own. */
export function useFrame(): Frame {
	return getContext<Frame | undefined>(KEY) ?? new Frame();
}
