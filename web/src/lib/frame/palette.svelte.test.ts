import { expect, test, vi } from 'vitest';
import type { SavedView } from '$lib/api/types';
import { SavedViews } from '$lib/views/views.svelte';
import { testApp } from '../../testing/app';
import { commandsFor } from './palette';

const view = (id: string, name: string, path: string): SavedView => ({
	id,
	name,
	path,
	created_at: '2026-03-01T00:00:00.000Z',
	changed_at: '2026-03-01T00:00:00.000Z'
});

async function savedViews(items: SavedView[]): Promise<SavedViews> {
	const refused = async () => Promise.reject(new Error('nothing is changed'));
	const api = {
		views: async () => ({ ok: true as const, value: { items } }),
		addView: refused,
		renameView: refused,
		removeView: refused
	};
	const views = new SavedViews(() => api);
	views.load();
	await vi.waitFor(() => expect(views.items.length).toBe(items.length));
	return views;
}

test('saved views are found by their name, and opened', async () => {
	const views = await savedViews([
		view('1', 'Weeks of the shop', '/trends?range=90d&bucket=week'),
		view('2', 'Failing tools', '/tools?range=7d')
	]);
	const goto = vi.fn();
	const effects = { compared: false, goto, showHelp: () => {}, showViews: () => {} };
	const found = commandsFor('shop week', testApp({ views }), effects).flatMap(
		({ commands }) => commands
	);
	const [command] = found.filter(({ id }) => id.startsWith('view '));
	expect(command?.label).toBe('Weeks of the shop');
	expect(found.some(({ id }) => id === 'view 2')).toBe(false);
	command?.run();
	expect(goto).toHaveBeenCalledWith('/trends?range=90d&bucket=week');
});
