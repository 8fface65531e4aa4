/** How charts are shown; each of them looks here, so that one key changes all. */
export class View {
	charts = $state<'chart' | 'table'>('chart');

	/** Shows tables in place of charts, or charts again. */
	toggle() {
		this.charts = this.charts === 'chart' ? 'table' : 'chart';
	}
}
