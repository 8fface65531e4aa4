import { expect, test } from 'vitest';
import { reconnectDelay } from './backoff';

test('the wait doubles up to thirty seconds', () => {
	const waits = [0, 1, 2, 3, 4, 5, 6, 2000].map((failures) => reconnectDelay(failures, 1));
	expect(waits).toEqual([1000, 2000, 4000, 8000, 16_000, 30_000, 30_000, 30_000]);
});

test('jitter takes away at most half of the wait', () => {
	expect(reconnectDelay(2, 0)).toBe(2000);
	expect(reconnectDelay(2, 0.5)).toBe(3000);
});
