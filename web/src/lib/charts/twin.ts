/**
 * The same data as a table.
 *
 * A row is a position among the points, so that one kind of table fits every chart.
 */

import { atLeast } from '$lib/format/format';
import { m } from '$lib/paraglide/messages';
import type { Column } from '$lib/ui/table';
import type { Columns, Known } from './columns';

export interface Twin {
	columns: Column<number>[];
	rows: number[];
}

interface SeriesTwinWords {
	/** What a point is. */
	heading: string;
	/** The heading of what all series are together. */
	total: string;
	point: (point: string, index: number) => string;
	value: (value: Known) => string;
}

/** Returns the table of `columns`, the last point first, with `more` columns behind them. */
export function seriesTwin(
	{ points, series, totals, blank, least }: Columns,
	words: SeriesTwinWords,
	more: readonly { heading: string; values: readonly Known[] }[] = []
): Twin {
	const numbers = (id: string, heading: string, values: readonly Known[]): Column<number> => ({
		id,
		heading,
		numeric: true,
		text: (index) => words.value(values[index] ?? null)
	});
	return {
		columns: [
			{
				id: 'point',
				heading: words.heading,
				text: (index) => words.point(points[index] ?? '', index)
			},
			{
				id: 'total',
				heading: words.total,
				numeric: true,
				text: (index) => {
					if (blank?.has(index)) return m.no_data();
					const text = words.value(totals[index] ?? null);
					return least?.has(index) ? atLeast(text) : text;
				}
			},
			...(series.length < 2
				? []
				: series.map(({ slot, label, values }) => numbers(`slot-${slot}`, label, values))),
			...more.map(({ heading, values }, index) => numbers(`more-${index}`, heading, values))
		],
		rows: [...points.keys()].reverse()
	};
}

/** Returns a table of `items`, in their order or with the last one first. */
export function listTwin<Item>(
	items: readonly Item[],
	columns: readonly (Omit<Column<Item>, 'text' | 'cell'> & { text: (item: Item) => string })[],
	lastFirst = false
): Twin {
	const rows = [...items.keys()];
	return {
		columns: columns.map(({ id, heading, numeric, text }) => ({
			id,
			heading,
			numeric,
			text: (index) => {
				const item = items[index];
				return item === undefined ? '' : text(item);
			}
		})),
		rows: lastFirst ? rows.reverse() : rows
	};
}

/** Returns the table of the hours of a week: a row an hour, a column a day. */
export function hoursTwin(
	grid: readonly (readonly Known[])[],
	words: {
		heading: string;
		hour: (hour: number) => string;
		weekday: (day: number) => string;
		value: (value: Known) => string;
	}
): Twin {
	return {
		columns: [
			{ id: 'hour', heading: words.heading, text: words.hour },
			...[...grid.entries()].map(([day, values]) => ({
				id: `day-${day}`,
				heading: words.weekday(day),
				numeric: true,
				place: 'line' as const,
				text: (hour: number) => words.value(values[hour] ?? null)
			}))
		],
		rows: grid.length === 0 ? [] : Array.from({ length: 24 }, (_, hour) => hour)
	};
}
