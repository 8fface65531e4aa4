import { describe, expect, test } from 'vitest';
import { addDays } from '$lib/state/period';
import {
	bandsOf,
	daysInLastWeeks,
	layOut,
	MONTHS_PX,
	squares,
	WEEKDAYS_PX,
	weekdayOf,
	weeksIn
} from './calendar';

test('weeks begin with Monday', () => {
	expect(weekdayOf('2026-11-02')).toBe(0);
	expect(weekdayOf('2026-11-01')).toBe(6);
	expect(weekdayOf('1969-12-29')).toBe(0);
});

test('a year fits a computer, half a year a tablet, a quarter a phone', () => {
	expect([1200, 506, 505, 340, 339, 288, 0].map(weeksIn)).toEqual([53, 53, 26, 26, 13, 13, 13]);
});

test('the last weeks are whole but for the current one', () => {
	// A Wednesday: three days of its week, and the weeks before.
	expect(daysInLastWeeks('2026-11-04', 365, 13)).toBe(3 + 12 * 7);
	expect(daysInLastWeeks('2026-11-04', 10, 13)).toBe(10);
	expect(daysInLastWeeks('2026-11-01', 365, 53)).toBe(365);
});

describe('a layout', () => {
	const days = 365;
	const first = addDays('2026-11-04', 1 - days);

	test('puts the first day in the row of its weekday', () => {
		const { placeOf, pitch } = layOut('2026-11-05', 10, 1200);
		expect(placeOf(0)).toEqual({ x: WEEKDAYS_PX, y: MONTHS_PX + 3 * pitch });
		expect(placeOf(4)).toEqual({ x: WEEKDAYS_PX + pitch, y: MONTHS_PX });
	});

	test.each([2560, 1280, 700, 506, 400, 320, 100])('finds every day again, %i wide', (width) => {
		const { placeOf, dayAt, side, height } = layOut(first, days, width);
		for (let day = 0; day < days; day += 1) {
			const { x, y } = placeOf(day);
			expect(dayAt(x + 1, y + 1)).toBe(day);
			expect(dayAt(x + side - 1, y + side - 1)).toBe(day);
			expect(y + side).toBeLessThanOrEqual(height);
		}
	});

	test.each([2560, 1280, 700, 506, 400, 320])('fits its width, %i wide', (width) => {
		const layout = layOut(first, days, width);
		expect(layout.width).toBeLessThanOrEqual(width);
		expect(layout.side).toBeGreaterThanOrEqual(8);
	});

	test('finds nothing outside the days', () => {
		const { dayAt, height } = layOut('2026-11-05', 10, 1200);
		expect(dayAt(0, MONTHS_PX + 1)).toBeNull();
		expect(dayAt(WEEKDAYS_PX + 1, 0)).toBeNull();
		// The Monday before the first day, and the day after the last one.
		expect(dayAt(WEEKDAYS_PX + 1, MONTHS_PX + 1)).toBeNull();
		expect(dayAt(WEEKDAYS_PX + 1, height + 1)).toBeNull();
		expect(dayAt(1199, MONTHS_PX + 1)).toBeNull();
	});

	test('breaks into bands where it is narrow', () => {
		expect(layOut(first, days, 1200).bands).toHaveLength(1);
		expect(layOut(first, days, 500).bands.length).toBeGreaterThan(1);
		expect(layOut(first, days, 300).bands.length).toBe(5);
	});

	test('names the months where they begin, but not the rest of one at the edge', () => {
		const { months } = layOut('2026-09-28', 60, 1200);
		expect(months.map(({ index }) => addDays('2026-09-28', index))).toEqual([
			'2026-10-01',
			'2026-11-01'
		]);
		const whole = layOut(first, days, 1200);
		for (const [index, { x }] of whole.months.entries()) {
			expect(x - (whole.months[index - 1]?.x ?? -99)).toBeGreaterThanOrEqual(30);
		}
		expect(whole.months.length).toBeGreaterThanOrEqual(11);
	});

	test('of no days has room for one band', () => {
		const { months, bands, dayAt } = layOut('', 0, 400);
		expect([months, bands, dayAt(100, 50)]).toEqual([[], [0], null]);
	});
});

test('bands are counted for every width', () => {
	expect([53, 26, 13].map((weeks) => bandsOf('2025-11-05', 365, weeks))).toEqual([1, 3, 5]);
	expect(bandsOf('', 0, 53)).toBe(1);
});

test('squares are one path', () => {
	expect(squares([{ x: 1, y: 2 }], 3)).toBe('M1.5,2.5h2v2h-2z');
	expect(squares([], 3)).toBe('');
});
