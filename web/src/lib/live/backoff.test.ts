import { expect, test } from 'vitest';
import { reconnectDelay } from './backoff';

const waits = (isVisible: boolean) =>
	[0, 1, 2, 3, 4, 5, 6, 2000].map((failures) => reconnectDelay(failures, 1, isVisible));

test('the wait doubles up to five seconds while the tab is visible', () => {
	expect(waits(true)).toEqual([1000, 2000, 4000, 5000, 5000, 5000, 5000, 5000]);
});

test('a hidden tab waits up to thirty seconds', () => {
	expect(waits(false)).toEqual([1000, 2000, 4000, 8000, 16_000, 30_000, 30_000, 30_000]);
});

test('jitter takes away at most half of the wait', () => {
	expect(reconnectDelay(2, 0, true)).toBe(2000);
	expect(reconnectDelay(2, 0.5, true)).toBe(3000);
});
