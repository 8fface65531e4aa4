import { afterEach, expect, test, vi } from 'vitest';
import { health } from '../../testing/answers';
import type { Health } from '$lib/api/types';
import { unlessVisitor } from './visitor';

const eventOf = (value: Health) => ({
	parent: () => Promise.resolve({ health: Promise.resolve({ ok: true as const, value }) }),
	untrack: <Value>(run: () => Value) => run()
});

const visit = { scope: 'everything', names: true, until: '2026-03-12T00:00:00Z' } as const;

afterEach(() => localStorage.clear());

test('a server that is slow to describe its state holds nothing back', async () => {
	vi.useFakeTimers();
	const slow = { ...eventOf(health()), parent: () => new Promise<never>(() => {}) };
	const ask = vi.fn(() => Promise.resolve('notes'));
	const answer = unlessVisitor(slow, ask);
	expect(ask).not.toHaveBeenCalled();
	await vi.runAllTimersAsync();
	expect(await answer).toBe('notes');
	vi.useRealTimers();
});

test('what no link reads is asked for by others', async () => {
	const ask = vi.fn(() => Promise.resolve('notes'));
	expect(await unlessVisitor(eventOf(health()), ask)).toBe('notes');
	void unlessVisitor(eventOf(health({ read_only: visit })), ask);
	await new Promise((settle) => setTimeout(settle));
	expect(ask).toHaveBeenCalledTimes(1);
});

test('a browser that visited before waits for a slow server', async () => {
	void unlessVisitor(eventOf(health({ read_only: visit })), () => Promise.resolve('notes'));
	await new Promise((settle) => setTimeout(settle));
	vi.useFakeTimers();
	let describe: (value: Health) => void = () => {};
	const described = new Promise<Health>((resolve) => (describe = resolve));
	const slow = {
		...eventOf(health()),
		parent: async () => ({ health: described.then((value) => ({ ok: true as const, value })) })
	};
	const ask = vi.fn(() => Promise.resolve('notes'));
	const answer = unlessVisitor(slow, ask);
	await vi.runAllTimersAsync();
	expect(ask).not.toHaveBeenCalled();
	describe(health());
	expect(await answer).toBe('notes');
	vi.useRealTimers();
});
