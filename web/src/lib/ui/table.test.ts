import { expect, test } from 'vitest';
import { placesOf, sorted, sortingAfter, type Order } from './table';

test('a heading sorts by its column, and then the other way round', () => {
	const cost = { id: 'cost', heading: 'Cost', sort: 'cost_usd', numeric: true };
	const name = { id: 'name', heading: 'Name' };
	expect(sortingAfter(cost, undefined)).toEqual({ by: 'cost_usd', order: 'desc' });
	expect(sortingAfter(cost, { by: 'cost_usd', order: 'desc' })).toEqual({
		by: 'cost_usd',
		order: 'asc'
	});
	expect(sortingAfter(name, { by: 'cost_usd', order: 'desc' })).toEqual({
		by: 'name',
		order: 'asc'
	});
});

test('what is unknown comes last', () => {
	const check = (values: (number | string | null)[], order: Order, expected: unknown[]) =>
		expect(sorted(values, (value) => value, order)).toEqual(expected);
	check([2, null, 10, 1], 'asc', [1, 2, 10, null]);
	check([2, null, 10, 1], 'desc', [10, 2, 1, null]);
	check(['b', 'a', null], 'desc', ['b', 'a', null]);
});
