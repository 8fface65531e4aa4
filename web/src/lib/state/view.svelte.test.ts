import { flushSync } from 'svelte';
import { expect, test } from 'vitest';
import { View } from './view.svelte';

test('charts are switched together, there and back', () => {
	const view = new View();
	expect(view.charts).toBe('chart');
	view.toggleCharts();
	expect(view.charts).toBe('table');
	view.toggleCharts();
	expect(view.charts).toBe('chart');
});

test('the page is held until the last reader is gone', () => {
	const view = new View();
	const first = view.hold();
	const second = view.hold();
	first();
	expect(view.held).toBe(true);
	second();
	expect(view.held).toBe(false);
});

test('a reader may come and go within an effect', () => {
	const view = new View();
	const stop = $effect.root(() => {
		$effect(() => view.hold());
	});
	flushSync();
	expect(view.held).toBe(true);
	stop();
	expect(view.held).toBe(false);
});
