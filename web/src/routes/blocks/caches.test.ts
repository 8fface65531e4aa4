import { expect, test } from 'vitest';
import { countedCauses, leftOf, type PromptCache } from './caches';

const expiring = (expires_at: string | null) => ({ expires_at }) as PromptCache;

test('a cache has the time until it expires left, and none after it', () => {
	const now = Date.parse('2026-03-11T10:00:00Z');
	expect(leftOf(expiring('2026-03-11T10:04:00Z'), now)).toBe(240_000);
	expect(leftOf(expiring('2026-03-11T09:00:00Z'), now)).toBe(0);
	expect(leftOf(expiring(null), now)).toBeNull();
});

test('causes are words with their number, and hidden ones are left out', () => {
	const causes = [
		{ cause: 'ttl_expired_5m', misses: 12 },
		{ cause: '', misses: 3 },
		{ cause: 'tools_changed', misses: 1 },
		{ cause: 'moon_phase', misses: 2 }
	];
	expect(countedCauses(causes, String)).toEqual([
		'Not used for 5 minutes 12×',
		'Tools changed 1×',
		'moon_phase 2×'
	]);
	expect(countedCauses([], String)).toEqual([]);
});
