import { expect, test } from 'vitest';
import { assignSlots } from './assignSlots';
import { OTHER_SLOT } from './slots';

function check(before: Record<string, number>, keys: string, expected: Record<string, number>) {
	const slots = assignSlots(new Map(Object.entries(before)), keys.split(''));
	expect(Object.fromEntries(slots)).toEqual(expected);
}

test('series take slots in their order', () => check({}, 'abc', { a: 1, b: 2, c: 3 }));

test('a series keeps its slot when the order changes', () =>
	check({ a: 1, b: 2 }, 'cba', { a: 1, b: 2, c: 3 }));

test('the slot of a series that is gone is free again', () =>
	check({ a: 1, b: 2 }, 'cb', { b: 2, c: 1 }));

test('the eighth series and all after it have no slot of their own', () => {
	check({ h: 1 }, 'abcdefgh', { a: 1, b: 2, c: 3, d: 4, e: 5, f: 6, g: 7 });
	expect(OTHER_SLOT).toBe(8);
});
