import { expect, test } from 'vitest';
import { NO_COLUMNS, type Columns } from './columns';
import { readingOf, speak, type Words } from './reading';

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
	value: (value) => (value === null ? '–' : `$${value}`),
	axis: String,
	point: (point) => point.toUpperCase(),
	tick: String,
	unknown: 'No price is known.'
};
const series = (key: string, value: number | null) => ({
	key,
	label: key,
	slot: 1,
	values: [value],
	total: value
});
const columns: Columns = {
	points: ['mon'],
	series: [series('a', 2), series('b', 0)],
	totals: [2],
	total: 2
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

test('an unknown value is announced with the reason', () => {
	const part = readingOf({ ...columns, series: [series('a', 2), series('b', null)] }, 0, words);
	expect(speak(part)).toBe('MON: $2; a $2; b –; No price is known.');
	expect(readingOf(NO_COLUMNS, 0, words)).toMatchObject({ total: '–', note: words.unknown });
});
