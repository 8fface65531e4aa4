import { expect, test } from 'vitest';
import type { Known } from './columns';
import { firstShare, rowAt, ROW_PX, rowsHeight, shareBars } from './rows';

const row = (value: Known, part?: Known) => ({ key: '', label: '', text: '', value, part });

test('the longest bar is that of the highest value', () =>
	expect(shareBars([row(4), row(1), row(0), row(null)]).map(({ length }) => length)).toEqual([
		1, 0.25, 0, 0
	]));

test('a part is marked within its bar', () =>
	expect(shareBars([row(4, 1), row(2, 9), row(2, null)]).map(({ part }) => part)).toEqual([
		0.25, 0.5, 0
	]));

test('rows of nothing have no bars', () => {
	expect(shareBars([row(0), row(null)])).toEqual([
		{ length: 0, part: 0 },
		{ length: 0, part: 0 }
	]);
	expect(shareBars([])).toEqual([]);
	expect(shareBars([row(4, 1), row(9)], 8)).toEqual([
		{ length: 0.5, part: 0.125 },
		{ length: 1, part: 0 }
	]);
});

test('a place belongs to a row', () => {
	expect([0, ROW_PX - 1, ROW_PX, rowsHeight(2), -1].map((y) => rowAt(y, 2))).toEqual([
		0,
		0,
		1,
		null,
		null
	]);
});

test('two values are shares of their sum', () => {
	const check = (one: Known, other: Known, share: Known) =>
		expect(firstShare([one, other])).toBe(share);
	check(1, 3, 0.25);
	check(0, 2, 0);
	check(0, 0, null);
	check(null, 2, null);
});
