import { expect, test } from 'vitest';
import { bounded } from '$lib/format/format';
import type { Columns } from './columns';
import { besideEarlier, readingOf, speak, type Words } from './reading';
import { NO_COLUMNS } from '../../testing/columns';

test('a point is announced with its total first, then its parts', () => {
	expect(speak({ title: 'Mon' })).toBe('Mon');
	expect(
		speak({
			title: 'Mon',
			total: '$3.00',
			rows: [
				{ label: 'a', value: '$2.00' },
				{ label: 'b', value: '–' }
			],
			note: 'No price is known.'
		})
	).toBe('Mon: $3.00; a $2.00; b –; No price is known.');
});

const words: Words = {
	value: (value, certainty) => (value === null ? '–' : bounded(`$${value}`, certainty)),
	axis: String,
	point: (point) => point.toUpperCase(),
	tick: String,
	unknown: 'No price is known.'
};
const series = (key: string, value: number | null, ...least: number[]) => ({
	key,
	label: key,
	slot: 1,
	values: [value],
	least: new Set(least),
	total: value,
	certainty: 'exact' as const
});
const columns: Columns = {
	points: ['mon'],
	series: [series('a', 2), series('b', 0)],
	totals: [2],
	least: new Set(),
	total: 2,
	certainty: 'exact'
};

test('a series without usage is not announced', () =>
	expect(readingOf(columns, 0, words)).toEqual({
		title: 'MON',
		total: '$2',
		rows: [{ label: 'a', slot: 1, value: '$2' }],
		note: undefined
	}));

test('a single series is announced by its total', () =>
	expect(readingOf({ ...columns, series: [series('a', 2)] }, 0, words).rows).toEqual([]));

test('a part and an earlier value that are lower bounds are announced as such', () => {
	const bound = { ...columns, series: [series('a', 2, 0), series('b', 1)], least: new Set([0]) };
	const reading = readingOf(bound, 0, words);
	expect(speak(reading)).toBe('MON: ≥\u00a0$2; a ≥\u00a0$2; b $1');
	const earlier = { label: 'Before', values: [3], least: new Set([0]) };
	expect(besideEarlier(reading, 0, earlier, words).rows?.at(-1)?.value).toBe('≥\u00a0$3');
});

test('an unknown value is announced with the reason', () => {
	const part = readingOf({ ...columns, series: [series('a', 2), series('b', null)] }, 0, words);
	expect(speak(part)).toBe('MON: $2; a $2; b –; No price is known.');
	expect(readingOf(NO_COLUMNS, 0, words)).toMatchObject({ total: '–', note: words.unknown });
});
