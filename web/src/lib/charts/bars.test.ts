import { describe, expect, test } from 'vitest';
import { drawBars, growthOfLast, MARGIN } from './bars';
import type { Columns, Known } from './columns';
import { NO_COLUMNS } from '../../testing/columns';

const size = { width: 400, height: 200, axisLabel: String };
const bottom = size.height - MARGIN.bottom;

/** Returns columns of series, each with its values. */
function columns(...values: Known[][]): Columns {
	const points = (values[0] ?? []).map((_, index) => `p${index}`);
	return {
		points,
		series: values.map((own, index) => ({
			key: `s${index}`,
			label: `s${index}`,
			slot: index + 1,
			values: own,
			least: new Set<number>(),
			total: null,
			certainty: 'unknown'
		})),
		totals: points.map((_, point) => {
			const known = values.map((own) => own[point] ?? null).filter((value) => value !== null);
			return known.length === 0 ? null : known.reduce((sum, value) => sum + value, 0);
		}),
		least: new Set(),
		total: null,
		certainty: 'unknown'
	};
}

const shapes = (d: string) => d.split('M').length - 1;

describe('bars', () => {
	test('are one path a series, and a part without height is left out', () => {
		const { paths } = drawBars(columns([3, 0, 2], [1, 0, 0], [0, 0, 6]), size);
		expect(paths.map(({ slot }) => slot)).toEqual([1, 2, 3]);
		expect(paths.map(({ d }) => shapes(d))).toEqual([1, 1, 0]);
		expect(paths.map(({ last }) => shapes(last))).toEqual([1, 0, 1]);
	});

	test('stand on the axis and stay inside', () => {
		const drawing = drawBars(columns([3, 0, 2]), size);
		expect(drawing.paths[0]?.d).toContain(`,${bottom}V`);
		expect(drawing.valueTicks[0]).toEqual({ label: '0', at: bottom });
		expect(drawing.valueTicks.at(-1)?.at).toBe(MARGIN.top);
	});

	test('hang from the axis below zero', () => {
		const drawing = drawBars(columns([4, -2]), size);
		expect(drawing.zero).toBeLessThan(bottom);
		expect(drawing.valueTicks[0]).toEqual({ label: '-2', at: bottom });
		const x = drawing.middleOf(1);
		expect(drawing.seriesAt(x, drawing.zero + 5)).toBe(0);
		expect(drawing.seriesAt(x, drawing.zero - 5)).toBeNull();
	});

	test('have a mark where nothing is known', () => {
		expect(shapes(drawBars(columns([1, null, 2]), size).unknown)).toBe(1);
		expect(drawBars(columns([1, 0, 2]), size).unknown).toBe('');
	});

	test('of nothing but zeros have an axis and no shapes', () => {
		const drawing = drawBars(columns([0, 0]), size);
		expect(drawing.paths.map(({ d, last }) => d + last)).toEqual(['']);
		expect(drawing.valueTicks).toEqual([{ label: '0', at: bottom }]);
	});

	test('of a single point are no wall', () => {
		const drawing = drawBars(columns([5]), size);
		expect(drawing.pointTicks).toEqual([{ index: 0, at: drawing.middleOf(0) }]);
		expect(Number(/h([\d.]+)/.exec(drawing.paths[0]?.last ?? '')?.[1])).toBeLessThanOrEqual(48);
	});

	test('of nothing are no error', () => {
		const drawing = drawBars(NO_COLUMNS, { ...size, width: 0 });
		expect([drawing.paths, drawing.pointTicks, drawing.unknown]).toEqual([[], [], '']);
		expect(drawing.pointAt(10)).toBeNull();
		expect(drawing.seriesAt(10, 10)).toBeNull();
	});
});

describe('a place', () => {
	const drawing = drawBars(columns([3, 1], [1, 4]), size);

	test('belongs to the point whose bar is there', () => {
		for (const index of [0, 1]) expect(drawing.pointAt(drawing.middleOf(index))).toBe(index);
		expect(drawing.pointAt(drawing.left - 1)).toBeNull();
		expect(drawing.pointAt(size.width)).toBeNull();
	});

	test('belongs to the series that is drawn there', () => {
		const x = drawing.middleOf(0);
		expect(drawing.seriesAt(x, bottom - 5)).toBe(0);
		expect(drawing.seriesAt(x, MARGIN.top + (bottom - MARGIN.top) * 0.4)).toBe(1);
		expect(drawing.seriesAt(x, MARGIN.top + 1)).toBeNull();
		expect(drawing.seriesAt(0, bottom - 5)).toBeNull();
	});
});

test('points that would overlap are not all written out, but the last one is', () => {
	const year = drawBars(columns(Array.from({ length: 365 }, () => 1)), size);
	expect(year.pointTicks.length).toBeLessThanOrEqual(5);
	expect(year.pointTicks[0]?.index).toBe(364);
});

test('longer labels get more room', () => {
	const long = drawBars(columns([1]), { ...size, axisLabel: (value) => `$${value},000,000` });
	expect(long.left).toBeGreaterThan(drawBars(columns([1]), size).left);
});

test('the last bar grows only when nothing else has changed', () => {
	const before = columns([1, 2]);
	expect(growthOfLast(before, columns([1, 4]))).toBe(0.5);
	for (const other of [
		columns([1, 2]),
		columns([2, 4]),
		columns([1, 2, 3]),
		columns([1, null]),
		columns([1, 0]),
		NO_COLUMNS,
		{ ...columns([1, 4]), points: ['p0', 'q1'] }
	]) {
		expect(growthOfLast(before, other)).toBeNull();
	}
});
