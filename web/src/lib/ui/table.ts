import type { Snippet } from 'svelte';

/** A column of a {@link import('./DataTable.svelte').default}. */
export interface Column<Row> {
	id: string;
	heading: string;
	/** Numbers stand flush right, below each other. */
	numeric?: boolean;
	/** Explanation of the column, shown by a button next to its heading. */
	help?: string;
	/** Shown next to the heading, if a sentence is not enough. */
	info?: Snippet;
	/** What the rows are sorted by when somebody wants them to be by this column. */
	sort?: string;
	/** Returns whether a row has such a value at all; where not, its cell is empty. */
	has?: (row: Row) => boolean;
	/** Text of a cell; `cell` if text is not enough. */
	text?: (row: Row) => string;
	cell?: Snippet<[Row]>;
	/** A share of 0..1, drawn below the text of the cell. */
	share?: (row: Row) => number | null;
	/** Why the cell is not to be taken as it is, such as tokens without a price. */
	warning?: (row: Row) => string | null;
}

export type Order = 'asc' | 'desc';

/** What rows are sorted by, in the words of {@link Column.sort}. */
export interface Sorting {
	by: string;
	order: Order;
}

/** Returns how the rows are sorted after the heading of `column` was pressed. */
export function sortingAfter<Row>(column: Column<Row>, sorting: Sorting | undefined): Sorting {
	const by = column.sort ?? column.id;
	if (sorting?.by === by) return { by, order: sorting.order === 'asc' ? 'desc' : 'asc' };
	// Of numbers, the largest are of interest.
	return { by, order: column.numeric ? 'desc' : 'asc' };
}

/**
 * Returns `rows` sorted by `value`, for lists that come whole. What is unknown
 * comes last either way.
 */
export function sorted<Row>(
	rows: readonly Row[],
	value: (row: Row) => number | string | null,
	order: Order
): Row[] {
	const sign = order === 'asc' ? 1 : -1;
	return rows.toSorted((one, other) => {
		const [a, b] = [value(one), value(other)];
		if (a === null || b === null) return Number(a === null) - Number(b === null);
		if (typeof a === 'string' && typeof b === 'string') return sign * a.localeCompare(b);
		return sign * (Number(a) - Number(b));
	});
}
