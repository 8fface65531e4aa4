import { expect, test } from 'vitest';
import type { Known } from './columns';
import { byLevel, levelOf, levelsOf } from './levels';

const check = (values: Known[], expected: Known[]) => {
	const levels = levelsOf(values);
	expect(values.map((value) => levelOf(value, levels))).toEqual(expected);
};

test('quarters of the values share a level', () =>
	check([1, 2, 3, 4, 5, 6, 7, 8], [1, 1, 2, 2, 3, 3, 4, 4]));

test('an extreme value does not turn the others pale', () =>
	check([1, 2, 3, 4, 1_000_000], [1, 2, 3, 4, 4]));

test('nothing is the lowest level, and the unknown has none', () =>
	check([0, null, 5], [0, null, 4]));

test('equal values are all the highest', () => check([3, 3, 3], [4, 4, 4]));

test('what is saved is not used', () => check([-2, 4], [0, 4]));

test('without values there are no levels', () => {
	check([], []);
	check([0, 0], [0, 0]);
	expect(levelsOf([null])).toEqual([]);
});

test('positions are gathered by level, those of the unknown last', () =>
	expect(byLevel([0, null, 5, 0], [1])).toEqual([[0, 3], [2], [], [], [], [1]]));
