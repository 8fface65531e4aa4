import { expect, test } from 'vitest';
import { moodOf } from './mood';

const unreachable = { type: 'about:blank', title: '', status: 0 };
const busy = { type: 'about:blank', title: 'Busy', status: 503 };

test('the most important state is shown', () => {
	expect(moodOf('live', false, null, null)).toBe('live');
	expect(moodOf('live', true, null, null)).toBe('paused');
	expect(moodOf('stale', false, null, null)).toBe('stale');
	expect(moodOf('stale', false, null, busy)).toBe('stale');
	expect(moodOf('stale', true, null, unreachable)).toBe('offline');
	expect(moodOf('connecting', false, null, null)).toBe('connecting');
});

test('an unreachable server is neither live nor connecting', () => {
	for (const phase of ['live', 'connecting', 'stale'] as const) {
		expect(moodOf(phase, false, null, unreachable)).toBe('offline');
	}
});

test('an unhealthy server is not live', () => {
	for (const status of ['degraded', 'unhealthy']) {
		expect(moodOf('live', false, { status }, null)).toBe('troubled');
		expect(moodOf('live', true, { status }, null)).toBe('paused');
		expect(moodOf('stale', false, { status }, unreachable)).toBe('offline');
	}
	expect(moodOf('live', false, { status: 'healthy' }, null)).toBe('live');
});
