import { describe, expect, test } from 'vitest';
import { dailyStats, usage } from '../../testing/answers';
import { draw, MARGIN, modelsOf, toDayBars } from './bars';
import { OTHER_SLOT } from './slots';

const daily = dailyStats([
	{ date: '2026-01-01', models: { a: usage(1, 0.5), b: usage(3, null) } },
	{ date: '2026-01-02', models: {} },
	{ date: '2026-01-03', models: { b: usage(2, null), c: usage(5, 0.25), d: usage(1, 0.25) } }
]);
const slots = new Map([
	['b', 1],
	['a', 2]
]);

describe('series', () => {
	test('follow their slots, and the rest is one series', () => {
		const bars = toDayBars(daily, 'total_tokens', slots);
		expect(bars.dates).toEqual(['2026-01-01', '2026-01-02', '2026-01-03']);
		expect(bars.series).toEqual([
			{ model: 'b', slot: 1, values: [3, 0, 2], total: 5 },
			{ model: 'a', slot: 2, values: [1, 0, 0], total: 1 },
			{ model: null, slot: OTHER_SLOT, values: [0, 0, 6], total: 6 }
		]);
	});

	test('an unknown cost stays unknown, and a day without use costs nothing', () => {
		const bars = toDayBars(daily, 'cost_usd', slots);
		expect(bars.series[0]).toEqual({ model: 'b', slot: 1, values: [null, 0, null], total: null });
		expect(bars.series[2]?.values).toEqual([0, 0, 0.5]);
	});

	test('models are listed once, as they first appear', () =>
		expect(modelsOf(daily)).toEqual(['a', 'b', 'c', 'd']));

	test('the highest day is found by the totals of the server', () => {
		expect(toDayBars(daily, 'total_tokens', slots).peak).toBe(2);
		expect(toDayBars(dailyStats([]), 'cost_usd', slots).peak).toBeNull();
	});
});

describe('drawing', () => {
	const size = { width: 400, height: 200 };
	const drawing = draw(toDayBars(daily, 'total_tokens', slots), size);

	test('there is one path a series, and a part without height is left out', () => {
		expect(drawing.paths.map(({ slot }) => slot)).toEqual([1, 2, OTHER_SLOT]);
		expect(drawing.paths.map(({ d }) => d.split('M').length - 1)).toEqual([2, 1, 1]);
	});

	test('bars stand on the axis and stay inside', () => {
		const bottom = size.height - MARGIN.bottom;
		expect(drawing.paths[0]?.d).toContain(`,${bottom}V`);
		expect(drawing.valueTicks[0]).toEqual({ value: 0, at: bottom });
		expect(Math.min(...drawing.valueTicks.map(({ at }) => at))).toBeGreaterThanOrEqual(MARGIN.top);
	});

	test('a position belongs to the day whose bar is there', () => {
		for (const day of [0, 1, 2]) expect(drawing.dayAt(drawing.middleOf(day))).toBe(day);
		expect(drawing.dayAt(MARGIN.left - 1)).toBeNull();
		expect(drawing.dayAt(size.width)).toBeNull();
	});

	test('dates that would overlap are left out, but not the last', () => {
		const days = Array.from({ length: 365 }, (_, index) => ({
			date: new Date(Date.UTC(2026, 0, 1 + index)).toISOString().slice(0, 10),
			models: { a: usage(1, 1) }
		}));
		const { dateTicks } = draw(toDayBars(dailyStats(days), 'cost_usd', slots), size);
		expect(dateTicks.length).toBeLessThanOrEqual(5);
		expect(dateTicks[0]?.value).toBe(364);
	});

	test('nothing to draw is no error', () => {
		const empty = draw(toDayBars(dailyStats([]), 'cost_usd', slots), { width: 0, height: 200 });
		expect(empty.paths).toEqual([]);
		expect(empty.valueTicks).toEqual([]);
		expect(empty.dayAt(10)).toBeNull();
	});
});
