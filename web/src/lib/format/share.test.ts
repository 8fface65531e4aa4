import { expect, test } from 'vitest';
import { costShareOfSubagents, partOf } from './share';

test('a share is known where both are, and the whole is something', () => {
	expect(partOf(1, 4)).toBe(0.25);
	expect(partOf(0, 4)).toBe(0);
	expect(partOf(0, 0)).toBeNull();
	expect(partOf(null, 4)).toBeNull();
	expect(partOf(1, null)).toBeNull();
});

test('no subagents have a share of zero, and subagents without a price have none', () => {
	expect(costShareOfSubagents({ cost_usd: 2, subagent_cost_usd: 0 })).toBe(0);
	expect(costShareOfSubagents({ cost_usd: 2, subagent_cost_usd: 1 })).toBe(0.5);
	expect(costShareOfSubagents({ cost_usd: 2, subagent_cost_usd: null })).toBeNull();
	expect(costShareOfSubagents({ cost_usd: null, subagent_cost_usd: null })).toBeNull();
});
