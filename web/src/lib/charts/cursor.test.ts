import { expect, test } from 'vitest';
import { alongPoints, alongRows, overCells, overDays, type Step } from './cursor';

/** Checks where each of `keys` leads, one after the other. */
function check(step: Step, path: [key: string, expected: number | null | undefined][]) {
	let at: number | null = null;
	for (const [key, expected] of path) {
		const next = step(key, at);
		expect(next, `${key} from ${at}`).toBe(expected);
		if (next !== undefined) at = next;
	}
}

test('points are walked to both ends and not beyond', () =>
	check(alongPoints(10), [
		['ArrowLeft', 9],
		['ArrowRight', 9],
		['Home', 0],
		['ArrowDown', 0],
		['ArrowUp', 1],
		['PageUp', 8],
		['PageDown', 1],
		['End', 9],
		['a', undefined],
		['Escape', null],
		['ArrowRight', 0]
	]));

test('rows are walked downwards', () =>
	check(alongRows(3), [
		['ArrowUp', 2],
		['ArrowDown', 2],
		['ArrowLeft', 1],
		['Home', 0],
		['ArrowRight', 1],
		['End', 2],
		['PageUp', undefined],
		['Escape', null],
		['ArrowDown', 0]
	]));

test('days are walked down, weeks to the right', () =>
	check(overDays(30), [
		['ArrowRight', 29],
		['ArrowRight', 29],
		['ArrowLeft', 22],
		['ArrowUp', 21],
		['ArrowDown', 22],
		['PageUp', 22],
		['Home', 0],
		['PageDown', 28],
		['End', 29],
		['Tab', undefined],
		['Escape', null]
	]));

test('cells are walked within their row and column', () =>
	check(overCells(7, 24), [
		['ArrowRight', 0],
		['ArrowLeft', 0],
		['ArrowRight', 1],
		['ArrowDown', 25],
		['End', 47],
		['ArrowRight', 47],
		['PageDown', 167],
		['ArrowDown', 167],
		['Home', 144],
		['PageUp', 0],
		['Enter', undefined],
		['Escape', null]
	]));

test('a chart without points has no cursor', () => {
	for (const step of [alongPoints(0), alongRows(0), overDays(0)]) {
		for (const key of ['ArrowRight', 'ArrowLeft', 'Home', 'End'])
			expect(step(key, null)).toBeNull();
	}
});
