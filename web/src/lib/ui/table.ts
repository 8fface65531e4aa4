import type { Snippet } from 'svelte';

/** A column of a {@link import('./DataTable.svelte').default}. */
export interface Column<Row> {
	id: string;
	heading: string;
	/** Numbers stand flush right, below each other. */
	numeric?: boolean;
	/** Stands beside the heading. */
	info?: Snippet;
	/** What a cell says; `cell` where that takes more than text. */
	text?: (row: Row) => string;
	cell?: Snippet<[Row]>;
}
