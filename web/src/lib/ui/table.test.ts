import { describe, expect, test } from 'vitest';
import { placesOf, sorted, sortingAfter, type Column, type Order } from './table';

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

describe('a row of two lines', () => {
	const column = (id: string, more: Partial<Column<unknown>> = {}) => ({
		id,
		heading: id,
		...more
	});
	const check = (columns: Column<unknown>[], expected: string) => {
		const { name, amount, line, rest } = placesOf(columns);
		const ids = [[name], [amount], line, rest].map((part) => part.map((one) => one?.id).join());
		expect(ids.join(' | ')).toBe(expected);
	};

	test('has every column in the place that it states', () => {
		check(
			[
				column('at', { place: 'line' }),
				column('project', { place: 'name' }),
				column('cost', { place: 'amount' }),
				column('tokens'),
				column('model', { place: 'line' })
			],
			'project | cost | at,model | tokens'
		);
		check([column('hour'), column('mon', { place: 'line' })], 'hour |  | mon | ');
	});

	test('begins with the first number where no column states its place', () => {
		const numbers = ['a', 'b', 'c', 'd', 'e'].map((id) => column(id, { numeric: true }));
		check([column('day'), column('model'), ...numbers], 'day | a | model,b,c | d,e');
		check([column('name')], 'name |  |  | ');
		check([], ' |  |  | ');
	});
});
