import { expect, test } from 'vitest';
import { addDays } from '$lib/state/period';
import {
	calendarDays,
	COVERAGES,
	coverageMarks,
	coverageOf,
	markOf,
	type CoveredDay
} from './coverage';

test('a day is classified by its source and by what is left of it', () => {
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
	check('imported', null, 'imported');
	check('none', null, 'none');
});

test('every kind of day has a form of its own, within its cell', () => {
	const marks = COVERAGES.map((coverage) => markOf(coverage, { x: 0, y: 0 }, 10));
	expect(new Set(marks).size).toBe(COVERAGES.length);
});

test('a calendar has no gaps and a maximum length', () => {
	const used = (date: string): CoveredDay => ({ date, source: 'events', transcripts: 'present' });
	const dates = (days: readonly CoveredDay[]) =>
		days.map(({ date, source }) => `${date} ${source}`);
	expect(calendarDays([])).toEqual([]);
	const week = ['01', '02', '03'].map((day) => used(`2026-03-${day}`));
	expect(calendarDays(week)).toBe(week);
	expect(dates(calendarDays([used('1970-01-01'), used('2026-03-08'), used('2026-03-10')]))).toEqual(
		['2026-03-08 events', '2026-03-09 none', '2026-03-10 events']
	);
	expect(dates(calendarDays([used('1970-01-01')]))).toEqual(['1970-01-01 events']);
	const years = calendarDays(['0001-01-01', '2016-03-01', '2026-03-01', '9999-12-31'].map(used));
	expect(dates(years)).toEqual(['9999-12-31 events']);
	const decade = calendarDays([used('2016-06-01'), used('2026-03-01')]);
	expect(decade.map(({ date }) => date)).toEqual(
		decade.map((_, index) => addDays('2016-06-01', index))
	);
	expect(decade.at(-1)?.date).toBe('2026-03-01');
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
