import { flushSync } from 'svelte';
import { beforeEach, expect, test } from 'vitest';
import { FilterState } from './filter.svelte';
import { browserZone } from './zone';

let url = $state(new URL('http://localhost/'));
const filter = new FilterState({
	url: () => url,
	navigate: (address) => {
		url = new URL(address, url);
		flushSync();
	},
	askZone: async () => 'Asia/Tokyo'
});

beforeEach(() => {
	localStorage.clear();
	url = new URL('http://localhost/models?range=7d&project=%2Fa&sort=cost_usd');
});

test('a change is in the address, and the rest of it stays', () => {
	filter.set({ models: ['m'] });
	expect(url.search).toBe('?range=7d&project=%2Fa&model=m&sort=cost_usd');
	expect(filter.selection).toMatchObject({ projects: ['/a'], models: ['m'] });
	filter.setOwn({ sort: null, order: 'asc' });
	expect(url.search).toBe('?range=7d&project=%2Fa&model=m&order=asc');
});

test('another page has the same filter, and nothing of this page', () => {
	expect(filter.href('/sessions')).toBe('/sessions?range=7d&project=%2Fa');
	expect(filter.href('/sessions', { projects: [] }, { q: 'x' })).toBe('/sessions?range=7d&q=x');
});

test('a choice is stored, except for dates and narrowing filters', () => {
	filter.set({ period: { range: '90d' }, compare: 'none', zone: 'UTC', projects: ['/b'] });
	filter.set({ period: { from: '2026-01-01', to: '2026-01-02' } });
	url = new URL('http://localhost/');
	expect(filter.selection).toMatchObject({
		period: { range: '90d' },
		compare: 'none',
		zone: 'UTC',
		projects: []
	});
});

test('a followed link stores no choice', () => {
	url = new URL('http://localhost/?range=all');
	expect(filter.selection.period).toEqual({ range: 'all' });
	url = new URL('http://localhost/');
	expect(filter.selection.period).toEqual({ range: '30d' });
});

test('the zone is a name', async () => {
	expect(filter.zone).toBe(browserZone());
	filter.set({ zone: 'server' });
	filter.askServerZone();
	await Promise.resolve();
	await Promise.resolve();
	expect(filter.zone).toBe('Asia/Tokyo');
	filter.set({ zone: 'Europe/Berlin' });
	expect(filter.zone).toBe('Europe/Berlin');
});

test('moving goes back and forth, and not beyond today', async () => {
	await filter.move(1);
	expect(filter.selection.period).toEqual({ range: '7d' });
	await filter.move(-1);
	expect(filter.selection.period).toHaveProperty('from');
	await filter.move(1);
	expect(filter.selection.period).toEqual({ range: '7d' });
});

test('the comparison is switched off and on', () => {
	filter.toggleCompare();
	expect(filter.selection.compare).toBe('none');
	filter.toggleCompare();
	expect(url.searchParams.has('compare')).toBe(false);
});
