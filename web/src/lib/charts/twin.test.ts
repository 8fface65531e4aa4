import { expect, test } from 'vitest';
import { bounded, type Write } from '$lib/format/format';
import type { Columns } from './columns';
import { hoursTwin, listTwin, seriesTwin, type Twin } from './twin';

const value: Write = (known, certainty) => (known === null ? '–' : bounded(`$${known}`, certainty));

/** Writes out a table. */
function cells({ columns, rows }: Twin): string[][] {
	return [
		columns.map(({ heading }) => heading),
		...rows.map((row) => columns.map(({ text }) => text?.(row) ?? ''))
	];
}

const columns: Columns = {
	points: ['mon', 'tue'],
	series: [
		{
			key: 'a',
			label: 'A',
			slot: 1,
			values: [1, null],
			least: new Set(),
			total: 1,
			certainty: 'at_least'
		},
		{
			key: 'b',
			label: 'B',
			slot: 2,
			values: [2, 0],
			least: new Set([0]),
			total: 2,
			certainty: 'at_least'
		}
	],
	totals: [3, 0],
	least: new Set([0]),
	total: 3,
	certainty: 'at_least'
};
const words = { heading: 'Day', total: 'Total', point: (point: string) => point, value };

test('series are columns, and the last point is the first row', () =>
	expect(cells(seriesTwin(columns, words))).toEqual([
		['Day', 'Total', 'A', 'B'],
		['tue', '$0', '–', '$0'],
		['mon', '≥\u00a0$3', '$1', '≥\u00a0$2']
	]));

test('a single series is the whole, and an earlier period stands behind it', () => {
	const single = { ...columns, series: columns.series.slice(0, 1) };
	const previous = { heading: 'Before', values: [9], least: new Set([0]) };
	expect(cells(seriesTwin(single, words, [previous]))).toEqual([
		['Day', 'Total', 'Before'],
		['tue', '$0', '–'],
		['mon', '≥\u00a0$3', '≥\u00a0$9']
	]);
});

test('a list is a table in its order or turned around', () => {
	const items = ['a', 'b'];
	const column = { id: 'name', heading: 'Name', text: (item: string) => item.toUpperCase() };
	expect(cells(listTwin(items, [column]))).toEqual([['Name'], ['A'], ['B']]);
	expect(cells(listTwin(items, [column], true))).toEqual([['Name'], ['B'], ['A']]);
});

test('hours are rows, and days are columns', () => {
	const grid = [[1, 2], [3]];
	const hours = { heading: 'Hour', hour: String, weekday: (day: number) => `d${day}`, value };
	const table = cells(hoursTwin({ grid, at_least: [24] }, hours));
	expect(table).toHaveLength(25);
	expect(table.slice(0, 3)).toEqual([
		['Hour', 'd0', 'd1'],
		['0', '$1', '≥\u00a0$3'],
		['1', '$2', '–']
	]);
	expect(hoursTwin({ grid: [], at_least: [] }, hours).rows).toEqual([]);
});
