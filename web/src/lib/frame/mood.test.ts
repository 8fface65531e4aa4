import { expect, test } from 'vitest';
import { moodOf } from './mood';

const unreachable = { type: 'about:blank', title: '', status: 0 };
const busy = { type: 'about:blank', title: 'Busy', status: 503 };

test('what matters most is told', () => {
	expect(moodOf('live', false, null)).toBe('live');
	expect(moodOf('live', true, null)).toBe('paused');
	expect(moodOf('stale', false, null)).toBe('stale');
	expect(moodOf('stale', false, busy)).toBe('stale');
	expect(moodOf('stale', true, unreachable)).toBe('offline');
	expect(moodOf('connecting', false, unreachable)).toBe('connecting');
});
