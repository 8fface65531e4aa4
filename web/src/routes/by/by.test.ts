import { expect, test } from 'vitest';
import type { ByStats } from '$lib/api/types';
import { rowsOf } from './by';

const part = (cost_usd: number) => ({ cost_usd, total_tokens: 1, responses: 1 });
const usage = (cost_usd: number) => ({ ...part(cost_usd), subagents: part(cost_usd / 4) });
const item = (kind: string, key: string | null, cost_usd: number) => ({
	...usage(cost_usd),
	kind,
	key,
	unreliable_responses: 0
});

test('rows are named items, the rest, those without a name, and the sum', () => {
	const by = {
		by: 'skill',
		items: [item('named', 'commit', 5), item('none', null, 2)],
		rest_count: 3,
		rest: usage(1),
		totals: usage(8)
	} as unknown as ByStats;
	const rows = rowsOf(by, '3 others');
	expect(rows.map(({ key }) => key)).toEqual(['named commit', 'rest', 'none ', 'total']);
	const [total, ...parts] = rows.map(({ usage: { cost_usd } }) => cost_usd ?? 0).reverse();
	expect(parts.reduce((one, other) => one + other)).toBe(total);
	expect(rows[1]?.name).toBe('3 others');
	expect(rows.map(({ subagents }) => subagents.cost_usd)).toEqual([1.25, 0.25, 0.5, 2]);
});

test('each item leads to exactly its responses', () => {
	const own = (by: string, kind: string, key: string | null) =>
		rowsOf(
			{
				by,
				items: [item(kind, key, 1)],
				rest: null,
				rest_count: 0,
				totals: usage(1)
			} as unknown as ByStats,
			''
		).map((row) => row.own);
	expect(own('tool', 'named', 'Bash')).toEqual([{ only_tool: 'Bash' }, {}]);
	expect(own('branch', 'named', 'main')[0]).toEqual({ branch: 'main' });
	expect(own('ticket', 'named', 'AB-1')[0]).toEqual({ ticket: 'AB-1' });
	expect(own('tool', 'several', null)[0]).toEqual({ several_tools: 'true' });
	expect(own('agent', 'main', null)[0]).toEqual({ sidechain: 'false' });
	expect(own('pr', 'none', null)[0]).toEqual({ without: 'pr' });
});
