import { expect, test } from 'vitest';
import { COVERAGES, coverageMarks, coverageOf, markOf, type CoveredDay } from './coverage';

test('a day is told by where its numbers come from and what is left of that', () => {
	const check = (
		source: CoveredDay['source'],
		transcripts: CoveredDay['transcripts'],
		expected: string
	) => expect(coverageOf({ date: '2026-01-01', source, transcripts })).toBe(expected);
	check('events', 'present', 'events');
	check('events', null, 'events');
	check('mixed', 'present', 'events');
	check('events', 'partial', 'partial');
	check('events', 'gone', 'kept');
	check('stats_cache', null, 'stats_cache');
	check('none', null, 'none');
});

test('every kind of day has a form of its own, within its cell', () => {
	const marks = COVERAGES.map((coverage) => markOf(coverage, { x: 0, y: 0 }, 10));
	expect(new Set(marks).size).toBe(COVERAGES.length);
});

test('days of one kind are one path', () => {
	const day = (source: CoveredDay['source']): CoveredDay => ({
		date: '2026-01-01',
		source,
		transcripts: null
	});
	const layout = { placeOf: (index: number) => ({ x: index, y: 0 }), side: 10 };
	const marks = coverageMarks([day('none'), day('events'), day('none')], layout);
	expect(marks.map(({ coverage, d }) => [coverage, d.split('M').length - 1])).toEqual([
		['events', 1],
		['none', 2]
	]);
	expect(coverageMarks([], layout)).toEqual([]);
});
