import { expect, test } from 'vitest';
import type { Marker, Note } from '$lib/api/types';
import { marksOf } from './marks';

const note = (date: string): Note => ({
	id: date,
	date,
	text: `note of ${date}`,
	created_at: `${date}T00:00:00.000Z`,
	changed_at: `${date}T00:00:00.000Z`
});
const marker = (date: string): Marker => ({
	date,
	kind: 'model',
	names: ['Opus 4.5'],
	more: 0,
	price: null
});

test('a point has the marks of its days', () => {
	const given = {
		notes: [note('2026-03-01'), note('2026-03-08')],
		markers: [marker('2026-03-07')]
	};
	const day = (date: string) => ({ from: date, to: date });
	expect(marksOf(given, ['2026-03-07', '2026-03-08', '2026-03-09'].map(day))).toEqual([
		{ notes: [], markers: [marker('2026-03-07')] },
		{ notes: [note('2026-03-08')], markers: [] },
		null
	]);
	const weeks = [
		{ from: '2026-03-01', to: '2026-03-07' },
		{ from: '2026-03-08', to: '2026-03-14' }
	];
	expect(marksOf(given, weeks)).toEqual([
		{ notes: [note('2026-03-01')], markers: [marker('2026-03-07')] },
		{ notes: [note('2026-03-08')], markers: [] }
	]);
});

test('of the hours of a day, the first has its marks', () => {
	const hours = ['2026-03-07', '2026-03-08', '2026-03-08'].map((date) => ({
		from: date,
		to: date
	}));
	const found = marksOf({ notes: [note('2026-03-08')], markers: [] }, hours);
	expect(found.map((marks) => marks?.notes.length ?? 0)).toEqual([0, 1, 0]);
});
