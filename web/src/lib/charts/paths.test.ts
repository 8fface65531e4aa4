import { expect, test } from 'vitest';
import { areaPath, linePath, stackUp, type Point } from './paths';

const points: Point[] = [[0, 1], [1, 2], null, [3, 4.126], null, null, [6, 1], [7, 0]];

test('a line leads to a gap and on behind it', () =>
	expect(linePath(points)).toBe('M0,1L1,2M0.5,4.13a2.5,2.5,0,1,0,5,0a2.5,2.5,0,1,0,-5,0M6,1L7,0'));

test('an area has a base between gaps', () =>
	expect(areaPath(points, 10)).toBe('M0,10L0,1L1,2L1,10zM3,10L3,4.13L3,10zM6,10L6,1L7,0L7,10z'));

test('nothing but gaps is nothing', () => {
	expect([linePath([]), linePath([null]), areaPath([null], 5)]).toEqual(['', '', '']);
});

test('parts stand on each other, and below zero they hang from each other', () =>
	expect(stackUp([{ values: [1, -1] }, { values: [2, 4] }, { values: [-3, -2] }], 2)).toEqual([
		[
			[0, 1],
			[-1, 0]
		],
		[
			[1, 3],
			[0, 4]
		],
		[
			[-3, 0],
			[-3, -1]
		]
	]));

test('what is unknown or missing has no height', () =>
	expect(stackUp([{ values: [null] }], 2)).toEqual([
		[
			[0, 0],
			[0, 0]
		]
	]));
