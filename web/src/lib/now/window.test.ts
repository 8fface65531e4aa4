import { expect, test } from 'vitest';
import type { Block } from '$lib/api/types';
import { Formatter } from '$lib/format/format';
import { usage } from '../../testing/answers';
import { openWindow, windowWords } from './window';

const block: Block = {
	...usage(100, 4),
	start_at: '2026-03-11T08:00:00Z',
	end_at: '2026-03-11T13:00:00Z',
	first_at: '2026-03-11T08:10:00Z',
	last_at: '2026-03-11T10:00:00Z',
	active: true,
	gap: false,
	burn_tokens_per_min: null,
	burn_usd_per_h: null,
	projected_tokens: null,
	projected_cost_usd: 9.4,
	estimated: true
};

test('a window says how much, where it leads to, and what its budget is', () => {
	const words = (target: number | null, more: Partial<Block> = {}, language = 'en') =>
		windowWords({ ...block, ...more }, target, new Formatter(language, 'UTC'));
	expect(words(null)).toEqual(['$4.00 so far (estimate)', 'on pace for $9.40 by 13:00']);
	expect(words(8)).toContain('50.0% of $8.00');
	expect(words(3)).toContain('$1.00 over budget');
	expect(words(null, { certainty: 'at_least' })[1]).toBe('on pace for ≥\u00a0$9.40 by 13:00');
	expect(words(null, { projected_cost_usd: null })).toHaveLength(1);
});

test('a window is open until its end', () => {
	const end = Date.parse(block.end_at);
	expect([openWindow(block, end - 1), openWindow(block, end), openWindow(null, end)]).toEqual([
		block,
		null,
		null
	]);
});
