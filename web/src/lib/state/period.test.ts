import { expect, test } from 'vitest';
import type { Range, WeekStart } from '$lib/api/types';
import { neighbour } from './neighbour';
import { lastMonths } from './months';
import { addDays, dateIn, daysOf, hasNeighbour, toDays, type Period } from './period';

const TODAY = '2026-03-01';

test('only real dates in order are days', () => {
	expect(toDays('2026-02-01', '2026-02-28')).toEqual({ from: '2026-02-01', to: '2026-02-28' });
	for (const [from, to] of [
		['2026-02-02', '2026-02-01'],
		['2026-02-30', '2026-03-01'],
		['2026-2-1', '2026-03-01'],
		['yesterday', '2026-03-01'],
		['1990-01-01', '2026-03-01'],
		['2026-02-01', null]
	] as const) {
		expect(toDays(from, to), `${from} ${to}`).toBeNull();
	}
});

test('days are added over months, years and leap days', () => {
	expect(addDays('2026-12-31', 1)).toBe('2027-01-01');
	expect(addDays('2028-02-28', 1)).toBe('2028-02-29');
	expect(addDays('2026-03-01', -1)).toBe('2026-02-28');
});

test('a day begins when it does in the zone', () => {
	const now = new Date('2026-02-28T20:00:00Z');
	expect(dateIn('UTC', now)).toBe('2026-02-28');
	expect(dateIn('Asia/Shanghai', now)).toBe('2026-03-01');
});

test('a range ends today', () => {
	const check = (range: 'today' | '7d' | '1y', from: string, today = TODAY) =>
		expect(daysOf({ range }, today)).toEqual({ from, to: today });
	check('today', TODAY);
	check('7d', '2026-02-23');
	check('1y', '2025-03-02');
	check('1y', '2023-03-01', '2024-02-29');
	expect(daysOf({ range: 'all' }, TODAY)).toBeNull();
});

test('a range of the calendar is whole, or reaches until today', () => {
	const check = (range: Range, from: string, to: string, today = '2026-11-28') =>
		expect(daysOf({ range }, today), range).toEqual({ from, to });
	check('yesterday', '2026-11-27', '2026-11-27');
	check('this-week', '2026-11-23', '2026-11-28');
	check('last-week', '2026-11-16', '2026-11-22');
	check('this-month', '2026-11-01', '2026-11-28');
	check('last-month', '2026-10-01', '2026-10-31');
	check('last-month', '2025-12-01', '2025-12-31', '2026-01-31');
});

test('a week begins on the chosen day', () => {
	const check = (range: Range, start: WeekStart, from: string, to: string) =>
		expect(daysOf({ range }, TODAY, start), `${range} ${start}`).toEqual({ from, to });
	// 1 March 2026 was a Sunday.
	check('this-week', 'monday', '2026-02-23', TODAY);
	check('this-week', 'sunday', TODAY, TODAY);
	check('last-week', 'sunday', '2026-02-22', '2026-02-28');
	check('this-week', 'saturday', '2026-02-28', TODAY);
});

test('the previous period has the same length, and the next one is the original', () => {
	const check = (period: Period, before: Period, today = TODAY) => {
		expect(neighbour(period, -1, today)).toEqual(before);
		expect(neighbour(before, 1, today)).toEqual(period);
	};
	check({ range: 'today' }, { range: 'yesterday' });
	check({ range: 'this-week' }, { range: 'last-week' });
	check({ range: 'last-week' }, { from: '2026-02-16', to: '2026-02-22' }, '2026-03-04');
	check({ range: 'this-month' }, { range: 'last-month' });
	check({ range: 'last-month' }, { from: '2026-01-01', to: '2026-01-31' });
	check({ range: '7d' }, { from: '2026-02-16', to: '2026-02-22' });
	check({ from: '2026-01-02', to: '2026-01-03' }, { from: '2025-12-31', to: '2026-01-01' });
});

test('the neighbour of a month is a month', () => {
	const january = { from: '2026-01-01', to: '2026-01-31' };
	expect(neighbour(january, 1, TODAY)).toEqual({ range: 'last-month' });
	expect(neighbour(january, -1, TODAY)).toEqual({ from: '2025-12-01', to: '2025-12-31' });
});

test('today is the last day, and all days have no neighbour', () => {
	expect(hasNeighbour({ range: '30d' }, 1, TODAY)).toBe(false);
	expect(hasNeighbour({ range: '30d' }, -1, TODAY)).toBe(true);
	expect(hasNeighbour({ range: 'yesterday' }, 1, TODAY)).toBe(true);
	expect(hasNeighbour({ range: 'all' }, -1, TODAY)).toBe(false);
	expect(neighbour({ range: '30d' }, 1, TODAY)).toBeNull();
	expect(neighbour({ from: '2026-02-01', to: TODAY }, 1, TODAY)).toBeNull();
	expect(neighbour({ range: 'all' }, -1, TODAY)).toBeNull();
});

test('a period ends today at the latest', () => {
	expect(neighbour({ from: '2026-02-24', to: '2026-02-27' }, 1, TODAY)).toEqual({
		from: '2026-02-28',
		to: TODAY
	});
	expect(neighbour({ from: '2026-02-01', to: '2026-02-28' }, 1, '2026-03-05')).toEqual({
		range: 'this-month'
	});
	// September has as many days as the range of 30 days.
	expect(neighbour({ from: '2026-09-01', to: '2026-09-30' }, 1, '2026-10-05')).toEqual({
		range: 'this-month'
	});
});

test('the last months are whole, but for this one', () =>
	expect(lastMonths('2026-02-10', 3)).toEqual([
		{ from: '2026-02-01', to: '2026-02-10' },
		{ from: '2026-01-01', to: '2026-01-31' },
		{ from: '2025-12-01', to: '2025-12-31' }
	]));
