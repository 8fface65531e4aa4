import { flushSync, tick } from 'svelte';
import { expect, test } from 'vitest';
import type { Result } from '$lib/api/client';
import { Kept, keep } from './kept.svelte';

const good = (value: string): Result<string> => ({ ok: true, value });
const bad: Result<string> = {
	ok: false,
	problem: { type: 'about:blank', title: 'Busy', status: 503 }
};

test('a value is kept while the next one is on its way', async () => {
	const kept = new Kept<string>();
	expect([kept.value, kept.pending]).toEqual([null, true]);
	await kept.follow(Promise.resolve(good('old')));
	expect([kept.value, kept.pending]).toEqual(['old', false]);
	const next = kept.follow(Promise.resolve(good('new')));
	expect([kept.value, kept.pending]).toEqual(['old', true]);
	await next;
	expect(kept.value).toBe('new');
});

test('a value outlives a failure, and the failure ends with the next value', async () => {
	const kept = new Kept<string>();
	await kept.follow(Promise.resolve(good('old')));
	await kept.follow(Promise.resolve(bad));
	expect([kept.value, kept.problem?.title]).toEqual(['old', 'Busy']);
	await kept.follow(Promise.resolve(good('new')));
	expect([kept.value, kept.problem]).toEqual(['new', null]);
});

test('an overtaken answer is dropped', async () => {
	const kept = new Kept<string>();
	let answerLate: (result: Result<string>) => void = () => {};
	const late = kept.follow(new Promise((resolve) => (answerLate = resolve)));
	await kept.follow(Promise.resolve(good('new')));
	answerLate(good('old'));
	await late;
	expect(kept.value).toBe('new');
});

test('the next request of a page is followed', async () => {
	let request = $state.raw(Promise.resolve(good('old')));
	let kept = new Kept<string>();
	const stop = $effect.root(() => void (kept = keep(() => request)));
	flushSync();
	await tick();
	expect(kept.value).toBe('old');
	request = Promise.resolve(good('new'));
	flushSync();
	await tick();
	expect(kept.value).toBe('new');
	stop();
});
