import { describe, expect, test } from 'vitest';
import { destinationOf, rowsOf, type Items } from './changes';

const value = (previous: number, current: number) => ({
	previous,
	current,
	difference: current - previous
});

describe('rows', () => {
	const item = { key: 'a', label: 'A', presence: 'both' as const, ...value(1, 4) };
	const stats = {
		by: 'model',
		metric: 'cost_usd',
		previous_period: null,
		items: [item],
		rest: value(5, 3),
		rest_count: 2,
		total: value(6, 7)
	};

	test('end with the rest and the sum', () => {
		const rows = rowsOf(stats as never);
		expect(rows.map(({ key, rest }) => [key, rest])).toEqual([
			['a', undefined],
			['rest', 2],
			['total', undefined]
		]);
		const [sum, ...parts] = rows.map(({ difference }) => difference as number).reverse();
		expect(parts.reduce((one, other) => one + other)).toBe(sum);
	});

	test('have no rest where every item is listed', () => {
		expect(rowsOf({ ...stats, rest: null } as never).map(({ key }) => key)).toEqual(['a', 'total']);
	});
});

test('an item leads to the period of its usage', () => {
	const previous = { from: '2026-03-01', to: '2026-03-07' };
	const lead = (by: Items, presence: 'both' | 'gone', key = 'k') =>
		destinationOf(by, { key, presence }, previous);
	expect(lead('model', 'both')).toEqual({ path: '/models', change: { models: ['k'] }, own: {} });
	expect(lead('model', 'gone').change.period).toEqual(previous);
	expect(lead('tool', 'both')).toEqual({ path: '/responses', change: {}, own: { tool: 'k' } });
	expect(lead('agent', 'both')).toEqual({ path: '/responses', change: {}, own: { agent: 'k' } });
	expect(lead('version', 'both', '').path).toBe('/by');
	expect(lead('project', 'both').path).toBe('/projects/k');
	expect(lead('session', 'gone').path).toBe('/sessions/k');
});
