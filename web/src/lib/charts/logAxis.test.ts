import { expect, test } from 'vitest';
import { logAxis } from './logAxis';

const values = (lowest: number, highest: number, height = 200) =>
	logAxis(lowest, highest, [height, 0]).ticks.map(({ value }) => value);

test('it begins and ends with powers of ten', () => {
	expect(values(3, 700)).toEqual([1, 10, 100, 1000]);
	expect(values(1, 100)).toEqual([1, 10, 100]);
	expect(values(5, 5)).toEqual([1, 10]);
	expect(values(0.02, 0.3)).toEqual([0.01, 0.1, 1]);
});

test('it has fewer values where it is short', () =>
	expect(values(1, 1_000_000, 100)).toEqual([1, 1000, 1_000_000]));

test('each factor of ten takes the same room, and zero is where it begins', () => {
	const { at } = logAxis(1, 100, [200, 0]);
	expect([1, 10, 100].map(at)).toEqual([200, 100, 0]);
	expect([0, -5, 0.5].map(at)).toEqual([200, 200, 200]);
});
