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
	/** The key by which the rows are sorted when this column is chosen. */
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
	/**
	 * Place in a row of two lines, as a phone shows it: the name, the main amount, or among the lesser
	 * figures. A column without one is shown when the row is opened, also in a table without room for it.
	 */
	place?: 'name' | 'amount' | 'line';
	/** Text of the cell there, with its unit; in the line, the heading stands before a number without it. */
	short?: (row: Row) => string;
}

/** Where the columns stand in a row of two lines. */
export interface Places<Row> {
	name: Column<Row> | undefined;
	amount: Column<Row> | undefined;
	line: Column<Row>[];
	/** What has no place there. */
	rest: Column<Row>[];
}

/** The most figures in the second line of a table whose columns state no places. */
const LINE = 3;

/**
 * Returns where `columns` stand in a row of two lines. The first column is the name unless another one
 * is; where none states its place, the first number is the amount and the next ones follow in the line.
 */
export function placesOf<Row>(columns: readonly Column<Row>[]): Places<Row> {
	const at = (wanted: Column<Row>['place']) => columns.filter(({ place }) => place === wanted);
	const name = at('name')[0] ?? columns[0];
	const others = columns.filter((column) => column !== name);
	if (others.every(({ place }) => !place)) {
		const amount = others.find(({ numeric }) => numeric);
		const further = others.filter((column) => column !== amount);
		return { name, amount, line: further.slice(0, LINE), rest: further.slice(LINE) };
	}
	const rest = others.filter(({ place }) => !place);
	return { name, amount: at('amount')[0], line: at('line'), rest };
}

/** Returns whether `row` has a value in `column`. */
export function hasValue<Row>({ has }: Column<Row>, row: Row): boolean {
	return has?.(row) ?? true;
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
