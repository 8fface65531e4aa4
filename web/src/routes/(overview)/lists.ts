/** The lists of the overview, which are loaded while their answers are on their way. */
export { default } from './TopList.svelte';
export { topModels, topProjects, topTools } from './top';
