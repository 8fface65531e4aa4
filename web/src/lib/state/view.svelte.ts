/**
 * How the charts of the page are shown, and whether somebody is reading one.
 *
 * There is one for the page rather than one in each context: a shortcut anywhere and every chart
 * meet here.
 */

import { untrack } from 'svelte';

/** What a chart's figure shows: the drawing, or the same data as a table. */
export type ChartView = 'chart' | 'table';

export class View {
	/** What all charts show; each can be switched alone until this changes again. */
	charts = $state<ChartView>('chart');
	#readers = $state(0);

	toggleCharts() {
		this.charts = this.charts === 'chart' ? 'table' : 'chart';
	}

	/** Whether somebody points at a chart or has zoomed into one, so that nothing should move. */
	get held(): boolean {
		return this.#readers > 0;
	}

	/** Marks the page as being read, until the function that is returned is called. */
	hold(): () => void {
		const add = (readers: number) => untrack(() => (this.#readers += readers));
		add(1);
		return () => add(-1);
	}
}

export const view = new View();
