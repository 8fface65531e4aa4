import { getContext, setContext } from 'svelte';

/** What a figure, its chart and its legend share. */
export class Frame {
	/** The colour slot of the series that somebody points at, or `null` while there is none. */
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

/** Returns what is shared in the figure around, or outside of figures what nobody shares. */
export function useFrame(): Frame {
	return getContext<Frame | undefined>(KEY) ?? new Frame();
}
