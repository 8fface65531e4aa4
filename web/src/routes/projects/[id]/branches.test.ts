import { expect, test } from 'vitest';
import { session } from '../../../testing/sessions';
import { branchesOf } from './branches';

test('sessions add up by branch, the most expensive first', () => {
	const found = branchesOf([
		session({ branch: 'main', total_tokens: 10, cost_usd: 1, ended_at: '2026-01-02T00:00:00Z' }),
		session({ branch: 'fix', total_tokens: 30, cost_usd: 5 }),
		session({ branch: 'main', total_tokens: 20, cost_usd: 2, ended_at: '2026-01-03T00:00:00Z' })
	]);
	expect(
		found.map(({ name, sessions, tokens, cost_usd }) => [name, sessions, tokens, cost_usd])
	).toEqual([
		['fix', 1, 30, 5],
		['main', 2, 30, 3]
	]);
	expect(found[1]?.lastAt).toBe('2026-01-03T00:00:00Z');
});

test('an unknown cost is none, and does not hide a known one', () => {
	const costs = (...amounts: (number | null)[]) =>
		branchesOf(
			amounts.map((cost_usd) =>
				session({ cost_usd, certainty: cost_usd === null ? 'unknown' : 'exact' })
			)
		).map(({ cost_usd, certainty }) => [cost_usd, certainty])[0];
	expect(costs(null, null)).toEqual([null, 'unknown']);
	expect(costs(null, 2)).toEqual([2, 'at_least']);
	expect(costs(2, null)).toEqual([2, 'at_least']);
	expect(costs(2, 1)).toEqual([3, 'exact']);
});

test('sessions without a branch are together', () => {
	expect(branchesOf([session({ branch: null }), session({ branch: null })])).toHaveLength(1);
	expect(branchesOf([])).toEqual([]);
});
