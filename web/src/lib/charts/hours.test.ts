import { expect, test } from 'vitest';
import { cellsOf, HOURS_HEIGHT, layOutHours } from './hours';

test('cells are counted along the rows, and what is missing is unknown', () => {
	const cells = cellsOf([[1, 2], [], [null, 3]]);
	expect(cells).toHaveLength(168);
	expect([cells[0], cells[1], cells[2], cells[48], cells[49]]).toEqual([1, 2, null, null, 3]);
	expect(cellsOf([]).every((cell) => cell === null)).toBe(true);
});

test.each([320, 700, 2560])('every cell is found again, %i wide', (width) => {
	const { placeOf, cellAt, cell } = layOutHours(width);
	for (let index = 0; index < 168; index += 1) {
		const { x, y } = placeOf(index);
		expect(cellAt(x + 1, y + 1)).toBe(index);
		expect(x + cell.width).toBeLessThanOrEqual(width);
		expect(y + cell.height).toBeLessThanOrEqual(HOURS_HEIGHT);
	}
});

test('nothing is found outside the cells', () => {
	const { cellAt } = layOutHours(700);
	expect([cellAt(0, 50), cellAt(50, 0), cellAt(701, 50), cellAt(50, HOURS_HEIGHT)]).toEqual([
		null,
		null,
		null,
		null
	]);
});

test('fewer hours are written out where it is narrow', () => {
	expect(layOutHours(300).hours).toEqual([0, 6, 12, 18]);
	expect(layOutHours(500).hours).toHaveLength(8);
	expect(layOutHours(900).hours).toHaveLength(24);
});
