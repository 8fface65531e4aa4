import { describe, expect, test } from 'vitest';
import { MARGIN } from './bars';
import type { Known } from './columns';
import { drawLines, spaced } from './lines';

const size = { width: 400, height: 200, axisLabel: String };
const bottom = size.height - MARGIN.bottom;

/** Draws series of values at evenly spaced points. */
function draw(
	values: Known[][],
	more: { previous?: Known[]; end?: number; log?: boolean; target?: number } = {}
) {
	const { previous, ...options } = more;
	return drawLines(
		{
			series: values.map((own, index) => ({ slot: index + 1, values: own })),
			previous,
			positions: (values[0] ?? []).map((_, index) => index)
		},
		{ ...size, ...options }
	);
}

const moves = (d: string | undefined) => (d ?? '').split('M').length - 1;

describe('lines', () => {
	test('go through all points, from axis to axis', () => {
		const { lines, left, at } = draw([[0, 10, 5]]);
		expect(lines[0]?.d).toBe(`M${left + 6},${bottom}L${at(1)},${MARGIN.top}L382,93`);
	});

	test('have gaps where nothing is known, and dots between gaps', () => {
		expect(moves(draw([[1, 2, null, 3, 4]]).lines[0]?.d)).toBe(2);
		const dotted = draw([[null, 2, null, 3, 4]]).lines[0]?.d;
		expect(moves(dotted)).toBe(2);
		expect(dotted).toContain('a2.5');
	});

	test('of one point are a dot in the middle', () => {
		const drawing = draw([[3]]);
		expect(drawing.lines[0]?.d).toContain('a2.5');
		expect(drawing.at(0)).toBe((drawing.left + size.width - MARGIN.right) / 2);
		expect(drawing.pointAt(0)).toBe(0);
	});

	test('of nothing but unknowns are empty, and their axis shows zero', () => {
		const drawing = draw([[null, null]]);
		expect([drawing.lines[0]?.d, drawing.area]).toEqual(['', '']);
		expect(drawing.valueTicks).toEqual([{ at: bottom, label: '0' }]);
	});

	test('stay below a target that is higher than all of them', () => {
		const { target, heightOf } = draw([[1, 2]], { target: 10 });
		expect(target).toBe(heightOf(10));
		expect(target).toBeGreaterThanOrEqual(MARGIN.top);
		expect(draw([[1, 2]]).target).toBeNull();
	});

	test('by powers of ten begin with the first of them, where zero is as well', () => {
		const { lines, zero, valueTicks } = draw([[1, 0, 1000]], { log: true });
		expect(valueTicks.map(({ label }) => label)).toEqual(['1', '10', '100', '1000']);
		expect(lines[0]?.d).toMatch(
			new RegExp(`^M[\\d.]+,${bottom}L[\\d.]+,${bottom}L382,${MARGIN.top}$`)
		);
		expect(zero).toBe(bottom);
	});

	test('of nothing but zeros have no powers of ten', () =>
		expect(draw([[0, 0]], { log: true }).valueTicks).toEqual([{ at: bottom, label: '0' }]));

	test('of nothing are no error', () => {
		const drawing = draw([]);
		expect([drawing.lines, drawing.pointTicks, drawing.pointAt(9)]).toEqual([[], [], null]);
	});

	test('reach below zero', () => {
		const drawing = draw([[-5, 5]]);
		expect(drawing.zero).toBeCloseTo((bottom + MARGIN.top) / 2);
		expect(drawing.heightOf(-5)).toBe(bottom);
	});

	test('share their axis with the earlier period, of which only the same points are drawn', () => {
		const drawing = draw([[1, 2]], { previous: [10, 4, 1000] });
		expect(drawing.valueTicks.at(-1)?.label).toBe('10');
		expect(drawing.previous.match(/L/g)).toHaveLength(1);
	});

	test('keep to an axis with a fixed end', () =>
		expect(draw([[0.2, 0.4]], { end: 1 }).heightOf(1)).toBe(MARGIN.top));
});

test('a place belongs to the nearest point', () => {
	const drawing = draw([[1, 2, 3]]);
	expect([0, drawing.at(1) + 20, 999].map(drawing.pointAt)).toEqual([0, 1, 2]);
});

test('points may be unevenly spaced', () => {
	const series = [{ slot: 1, values: [1, 2, 3] }];
	const drawing = drawLines({ series, positions: [0, 90, 100] }, size);
	expect(drawing.at(90) - drawing.at(0)).toBeCloseTo(9 * (drawing.at(100) - drawing.at(90)));
});

test('an axis may reach further than the points', () => {
	const given = { series: [], positions: [20, 30], span: [0, 100] as const };
	const { at, left } = drawLines(given, size);
	expect([at(0), at(100)]).toEqual([left + 6, 382]);
});

test('labels are spread from the last one', () => {
	expect(spaced([0, 10, 20, 30, 35], 20)).toEqual([4, 1]);
	expect(spaced([], 20)).toEqual([]);
});
