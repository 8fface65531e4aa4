import { expect, test } from 'vitest';
import type { Columns, Known } from './columns';
import { hoursTwin, listTwin, seriesTwin, type Twin } from './twin';

const value = (known: Known) => (known === null ? '–' : `$${known}`);

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
		{ key: 'a', label: 'A', slot: 1, values: [1, null], total: 1 },
		{ key: 'b', label: 'B', slot: 2, values: [2, 0], total: 2 }
	],
	totals: [3, 0],
	total: 3
};
const words = { heading: 'Day', total: 'Total', point: (point: string) => point, value };

test('series are columns, and the last point is the first row', () =>
	expect(cells(seriesTwin(columns, words))).toEqual([
		['Day', 'Total', 'A', 'B'],
		['tue', '$0', '–', '$0'],
		['mon', '$3', '$1', '$2']
	]));

test('a single series is the whole, and an earlier period stands behind it', () => {
	const single = { ...columns, series: columns.series.slice(0, 1) };
	const previous = { heading: 'Before', values: [9] };
	expect(cells(seriesTwin(single, words, [previous]))).toEqual([
		['Day', 'Total', 'Before'],
		['tue', '$0', '–'],
		['mon', '$3', '$9']
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
	const table = cells(hoursTwin(grid, hours));
	expect(table).toHaveLength(25);
	expect(table.slice(0, 3)).toEqual([
		['Hour', 'd0', 'd1'],
		['0', '$1', '$3'],
		['1', '$2', '–']
	]);
	expect(hoursTwin([], hours).rows).toEqual([]);
});
