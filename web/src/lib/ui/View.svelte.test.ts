import { fireEvent, render, screen } from '@testing-library/svelte';
import { createRawSnippet, flushSync } from 'svelte';
import { afterEach, expect, test, vi } from 'vitest';
import type { Result } from '$lib/api/client';
import type { Health } from '$lib/api/types';
import { Kept } from '$lib/state/kept.svelte';
import { REST_MS } from '$lib/state/rest.svelte';
import { health as healthy } from '../../testing/answers';
import { giveRoom } from '../../testing/room';
import InApp from '../../testing/InApp.svelte';
import ReadableView from '../../testing/ReadableView.svelte';
import View from './View.svelte';

const failed: Result<string> = {
	ok: false,
	problem: {
		type: 'about:blank',
		title: 'Bad request',
		status: 400,
		detail: 'Two parameters are wrong.',
		request_id: 'r-1',
		errors: [{ field: 'tz', code: 'unknown', message: 'is no zone' }]
	}
};

/** Renders a view of `kept` after it followed `results`. */
async function show(...results: Result<string>[]) {
	const kept = new Kept<string>();
	for (const result of results) await kept.follow(Promise.resolve(result));
	const refresh = vi.fn();
	const children = createRawSnippet((value: () => string) => ({
		render: () => `<p>value ${value()}</p>`
	}));
	render(InApp, {
		props: { refresh, component: View<string>, given: { of: kept, height: '1rem', children } }
	});
	return refresh;
}

test('before an answer there is a placeholder', async () => {
	await show();
	expect(screen.getByRole('status').textContent).toContain('Loading');
	expect(screen.queryByRole('alert')).toBeNull();
});

test('an answer is drawn', async () => {
	await show({ ok: true, value: 'one' });
	expect(screen.getByText('value one')).toBeTruthy();
	expect(screen.queryByRole('status')).toBeNull();
});

test('what only machines have is no failure, and no other attempt is offered', async () => {
	await show({
		ok: false,
		problem: {
			type: 'about:blank',
			title: 'Not Found',
			status: 404,
			detail: '',
			code: 'of_machines'
		}
	});
	expect(await screen.findByText('Not on this hub')).toBeTruthy();
	expect(screen.queryByRole('alert')).toBeNull();
	expect(screen.queryByRole('button')).toBeNull();
});

test('a problem is shown in full and can be retried', async () => {
	const refresh = await show(failed);
	const { textContent: alert } = await screen.findByRole('alert');
	for (const words of ['Bad request', 'Two parameters', 'tz', 'is no zone', 'r-1']) {
		expect(alert).toContain(words);
	}
	screen.getByRole('button', { name: 'Try again' }).click();
	expect(refresh).toHaveBeenCalledOnce();
});

test('an old answer stays below a problem', async () => {
	await show({ ok: true, value: 'one' }, failed);
	expect((await screen.findByRole('alert')).textContent).toContain('out of date');
	expect(screen.getByText('value one')).toBeTruthy();
});

const away: Result<never> = {
	ok: false,
	problem: { type: 'about:blank', title: '', status: 0 }
};

test('an unreachable server is checked, and reported by the page alone', async () => {
	const kept = new Kept<string>();
	await kept.follow(Promise.resolve({ ok: true, value: 'one' }));
	await kept.follow(Promise.resolve(away));
	const health = new Kept<Health>();
	await health.follow(Promise.resolve({ ok: true, value: healthy() }));
	const checkHealth = vi.fn();
	const children = createRawSnippet(() => ({ render: () => '<p>one</p>' }));
	const given = { of: kept, height: '1rem', children };
	render(InApp, { props: { component: View<string>, given, app: { health, checkHealth } } });
	expect((await screen.findByRole('alert')).textContent).toContain('cannot be reached');
	expect(checkHealth).toHaveBeenCalledOnce();
	const checked = health.follow(Promise.resolve(away));
	flushSync();
	expect(screen.queryByRole('alert')).toBeNull();
	await checked;
	flushSync();
	expect(screen.queryByRole('alert')).toBeNull();
	expect(screen.getByText('one')).toBeTruthy();
});

afterEach(() => {
	vi.useRealTimers();
	vi.restoreAllMocks();
});

/** Renders a chart that is read, and returns what sends it updates. */
async function read() {
	giveRoom(800);
	vi.useFakeTimers();
	const kept = new Kept<string>();
	const update = async (value: string) => {
		await kept.follow(Promise.resolve({ ok: true, value }));
		flushSync();
	};
	await update('one');
	render(InApp, { props: { component: ReadableView, given: { of: kept } } });
	const chart = screen.getByRole('application');
	await fireEvent.keyDown(chart, { key: 'Home' });
	return { chart, update };
}

const caption = () => document.querySelector('.caption')?.textContent?.trim();
const held = () => screen.queryByText('Paused while you read this.')?.parentElement?.textContent;

test('a chart under the cursor keeps its numbers and counts updates; other views update', async () => {
	const { chart, update } = await read();
	expect(held()).toBeUndefined();
	await update('two');
	await update('three');
	expect([caption(), screen.queryByText('three elsewhere') !== null]).toEqual(['one', true]);
	expect(held()).toMatch(/Paused while you read this\.\s*2 updates waiting/);
	await fireEvent.keyDown(chart, { key: 'Escape' });
	expect([caption(), held()]).toEqual(['three', undefined]);
});

test('a chart continues when nothing has moved for a while, or the page is scrolled', async () => {
	const { chart, update } = await read();
	await update('two');
	vi.advanceTimersByTime(REST_MS - 1);
	await fireEvent.keyDown(chart, { key: 'End' });
	vi.advanceTimersByTime(REST_MS - 1);
	expect(caption()).toBe('one');
	vi.advanceTimersByTime(1);
	flushSync();
	expect(caption()).toBe('two');
	await fireEvent.keyDown(chart, { key: 'Home' });
	await update('three');
	expect(caption()).toBe('two');
	await fireEvent.scroll(window);
	expect(caption()).toBe('three');
});
