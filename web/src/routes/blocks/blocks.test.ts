import { expect, test } from 'vitest';
import type { Block } from '$lib/api/types';
import { usage } from '../../testing/answers';
import { blockColumns } from './bars';
import { blockKey, leftUntil, lengthOfBlock } from './blocks';

function block(start: string, end: string, more: Partial<Block> = {}): Block {
	return {
		...usage(1000, 2),
		start_at: start,
		end_at: end,
		first_at: start,
		last_at: end,
		active: false,
		gap: false,
		burn_tokens_per_min: 4,
		burn_usd_per_h: 0.5,
		projected_tokens: null,
		projected_cost_usd: null,
		estimated: true,
		...more
	};
}

const window = block('2026-01-02T15:00:00Z', '2026-01-02T20:00:00Z');
const gap = block('2026-01-02T03:00:00Z', '2026-01-02T15:00:00Z', { ...usage(0, 0), gap: true });

test('bars begin with the earliest, and a gap is a place without one', () => {
	const { points, totals, blocks } = blockColumns([window, gap], 'cost_usd', 'Cost');
	expect(points).toEqual(['gap 2026-01-02T03:00:00Z', '2026-01-02T15:00:00Z']);
	expect(totals).toEqual([0, 2]);
	expect(blocks).toEqual([gap, window]);
});

test('what has no price stays unknown', () => {
	const unpriced = { ...window, cost_usd: null };
	expect(blockColumns([unpriced], 'cost_usd', 'Cost').totals).toEqual([null]);
	expect(blockColumns([unpriced], 'total_tokens', 'Tokens').totals).toEqual([1000]);
});

test('a gap and a window that begin together are distinguished', () =>
	expect(blockKey(gap)).not.toBe(blockKey({ ...gap, gap: false })));

test('the remaining time is never negative', () => {
	expect(leftUntil(window.end_at, Date.parse('2026-01-02T19:00:00Z'))).toBe(3_600_000);
	expect(leftUntil(window.end_at, Date.parse('2026-01-02T21:00:00Z'))).toBe(0);
	expect(lengthOfBlock(window)).toBe(5 * 3_600_000);
});
