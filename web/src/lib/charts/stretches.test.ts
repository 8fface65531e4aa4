import { expect, test } from 'vitest';
import { stretchesOf } from './stretches';

test('adjacent points are one stretch', () => {
	expect(stretchesOf(new Set())).toEqual([]);
	expect(stretchesOf(new Set([0, 3]))).toEqual([
		[0, 0],
		[3, 3]
	]);
	expect(stretchesOf(new Set([5, 4, 3, 0]))).toEqual([
		[0, 0],
		[3, 5]
	]);
});
