/** The tables of the overview, which are loaded while their answers are on their way. */
export { default } from './TopList.svelte';
export { default as Forecast } from './Forecast.svelte';
export { topModels, topProjects, topTools } from './top';
