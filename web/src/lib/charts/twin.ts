/**
 * The same data as a table.
 *
 * A row is a position among the points, so that one kind of table fits every chart.
 */

import type { Write } from '$lib/format/format';
import type { ActivityStats } from '$lib/api/types';
import { m } from '$lib/paraglide/messages';
import type { Column } from '$lib/ui/table';
import { cellsOf, HOURS } from './hours';
import { totalsOf, writeAt, type Bounded, type Columns } from './columns';

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
	value: Write;
}

/** Returns the table of `columns`, the last point first, with `more` columns behind them. */
export function seriesTwin(
	{ points, series, totals, blank, least }: Columns,
	words: SeriesTwinWords,
	more: readonly (Bounded & { heading: string })[] = []
): Twin {
	const numbers = (id: string, heading: string, of: Bounded): Column<number> => ({
		id,
		heading,
		numeric: true,
		text: (index) => writeAt(of, index, words.value)
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
					return writeAt(totalsOf({ totals, least }), index, words.value);
				}
			},
			...(series.length < 2
				? []
				: series.map((one) => numbers(`slot-${one.slot}`, one.label, one))),
			...more.map((one, index) => numbers(`more-${index}`, one.heading, one))
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
	{ grid, at_least }: Pick<ActivityStats, 'grid' | 'at_least'>,
	words: {
		heading: string;
		hour: (hour: number) => string;
		weekday: (day: number) => string;
		value: Write;
	}
): Twin {
	const hours = { values: cellsOf(grid), least: new Set(at_least) };
	return {
		columns: [
			{ id: 'hour', heading: words.heading, text: words.hour },
			...[...grid.keys()].map((day) => ({
				id: `day-${day}`,
				heading: words.weekday(day),
				numeric: true,
				place: 'line' as const,
				text: (hour: number) => writeAt(hours, day * HOURS + hour, words.value)
			}))
		],
		rows: grid.length === 0 ? [] : Array.from({ length: HOURS }, (_, hour) => hour)
	};
}
