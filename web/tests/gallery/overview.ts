/** The charts of the overview, whose size is measured. */

export { default as ChartFrame } from '../../src/lib/charts/ChartFrame.svelte';
export { dailyColumns, peakOf } from '../../src/lib/charts/columns';
export { modelsOf } from '../../src/lib/charts/slots';
export { default as Heatmap } from '../../src/lib/charts/Heatmap.svelte';
export { default as Meter } from '../../src/lib/charts/Meter.svelte';
export { default as ShareBars } from '../../src/lib/charts/ShareBars.svelte';
export { assignSlots } from '../../src/lib/charts/assignSlots';
export { default as Spark } from '../../src/lib/charts/Spark.svelte';
export { default as StackedBars } from '../../src/lib/charts/StackedBars.svelte';
export { listTwin, seriesTwin } from '../../src/lib/charts/twin';
