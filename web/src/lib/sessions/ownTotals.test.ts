import { expect, test } from 'vitest';
import { ownTotalsWords } from './ownTotals';

test('each reason has words, and an unknown one is shown as it is', () => {
	const codes = ['unlogged', 'unfinalised', 'behind', 'dropped_model', 'price', 'unpriced'];
	const words = codes.map(ownTotalsWords);
	expect(new Set(words).size).toBe(codes.length);
	expect(words).not.toContain('unlogged');
	expect(ownTotalsWords('new_reason')).toBe('new_reason');
});
