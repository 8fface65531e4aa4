import { expect, test } from 'vitest';
import { tooltipPlace } from './tooltip';

const check = (x: number, width: number, place: object) =>
	expect(tooltipPlace({ x, y: 50 }, { width: 100, height: 40 }, width)).toEqual(place);

test('it stands to the right of the point', () => check(10, 400, { x: 22, y: 50 }));
test('it stands to the left where the right is too narrow', () =>
	check(390, 400, { x: 278, y: 50 }));
test('it stands above where both sides are too narrow', () => {
	check(75, 150, { x: 25, y: -2 });
	check(5, 110, { x: 0, y: -2 });
	check(105, 110, { x: 10, y: -2 });
});
