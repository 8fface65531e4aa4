import { render, screen } from '@testing-library/svelte';
import { createRawSnippet } from 'svelte';
import { expect, test, vi } from 'vitest';
import type { Result } from '$lib/api/client';
import { Kept } from '$lib/state/kept.svelte';
import InApp from '../../testing/InApp.svelte';
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

test('a problem is shown in full and can be retried', async () => {
	const refresh = await show(failed);
	const alert = screen.getByRole('alert').textContent;
	for (const words of ['Bad request', 'Two parameters', 'tz', 'is no zone', 'r-1']) {
		expect(alert).toContain(words);
	}
	screen.getByRole('button', { name: 'Try again' }).click();
	expect(refresh).toHaveBeenCalledOnce();
});

test('an old answer stays below a problem', async () => {
	await show({ ok: true, value: 'one' }, failed);
	expect(screen.getByRole('alert').textContent).toContain('out of date');
	expect(screen.getByText('value one')).toBeTruthy();
});
