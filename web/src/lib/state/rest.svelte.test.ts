import { flushSync } from 'svelte';
import { afterEach, beforeEach, expect, test, vi } from 'vitest';
import { REST_MS, Rest, resting } from './rest.svelte';

beforeEach(() => void vi.useFakeTimers());
afterEach(() => void vi.useRealTimers());

test('a held value is kept until its release', () => {
	const rest = new Rest();
	let value = $state(1);
	const stop = $effect.root(() => {
		const shown = resting(rest, () => value);
		const seen: number[] = [];
		$effect(() => void seen.push(shown.current));
		flushSync();
		rest.hold();
		value = 2;
		rest.note();
		flushSync();
		value = 3;
		rest.note();
		flushSync();
		expect([shown.current, rest.waiting]).toEqual([1, 2]);
		rest.release();
		flushSync();
		expect([shown.current, rest.waiting, seen]).toEqual([3, 0, [1, 3]]);
	});
	stop();
});

test('a view continues by itself when nothing moves', () => {
	const rest = new Rest();
	rest.hold();
	vi.advanceTimersByTime(REST_MS - 1);
	rest.hold();
	vi.advanceTimersByTime(REST_MS - 1);
	expect(rest.held).toBe(true);
	vi.advanceTimersByTime(1);
	expect(rest.held).toBe(false);
});

test('only what comes during the rest waits', () => {
	const rest = new Rest();
	rest.note();
	expect(rest.waiting).toBe(0);
});
