import { untrack } from 'svelte';
import { readStored, store } from './stored';

/** How charts are shown; each of them looks here, so that one key changes all. */
export class View {
	charts = $state<'chart' | 'table'>('chart');

	/** How many charts draw something pale. */
	#pale = $state(0);

	/** Whether any chart draws something pale. */
	get hasPale(): boolean {
		return this.#pale > 0;
	}

	/** Notes a chart that draws something pale, and returns what ends that. */
	showPale(): () => void {
		untrack(() => (this.#pale += 1));
		return () => (this.#pale -= 1);
	}

	#markers = $state(readStored('markers') !== 'off');

	/** Whether changed prices and first uses are marked. */
	get markers(): boolean {
		return this.#markers;
	}

	set markers(shown: boolean) {
		this.#markers = shown;
		store('markers', shown ? 'on' : 'off');
	}

	/** Shows tables in place of charts, or charts again. */
	toggle() {
		this.charts = this.charts === 'chart' ? 'table' : 'chart';
	}
}
