import { readStored, store } from './stored';

/** How charts are shown; each of them looks here, so that one key changes all. */
export class View {
	charts = $state<'chart' | 'table'>('chart');

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
