import { expect, test, vi } from 'vitest';
import type { SavedView } from '$lib/api/types';
import { SavedViews } from '$lib/views/views.svelte';
import { RANGES } from '$lib/state/period';
import { testApp, testFilter } from '../../testing/app';
import { commandsFor } from './palette';
import { rangeWords } from './words';

const view = (id: string, name: string, path: string): SavedView => ({
	id,
	name,
	path,
	created_at: '2026-03-01T00:00:00.000Z',
	changed_at: '2026-03-01T00:00:00.000Z'
});

async function savedViews(items: SavedView[]): Promise<SavedViews> {
	const views = new SavedViews(() => ({
		views: async () => ({ ok: true as const, value: { items } })
	}));
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
	const effects = {
		compared: false,
		filtered: true,
		goto,
		showHelp: () => {},
		showViews: () => {}
	};
	const found = commandsFor('shop week', testApp({ views }), effects).flatMap(
		({ commands }) => commands
	);
	const [command] = found.filter(({ id }) => id.startsWith('view '));
	expect(command?.label).toBe('Weeks of the shop');
	expect(found.some(({ id }) => id === 'view 2')).toBe(false);
	command?.run();
	expect(goto).toHaveBeenCalledWith('/trends?range=90d&bucket=week');
});

test('a day that is typed is opened, on a page without days on the overview', () => {
	const [goto, navigate] = [vi.fn(), vi.fn()];
	const app = testApp({ filter: testFilter('/models?range=30d&tz=UTC', navigate) });
	const open = (filtered: boolean) => {
		const effects = { compared: false, filtered, goto, showHelp: () => {}, showViews: () => {} };
		const [first] = commandsFor('2026-03-10', app, effects).flatMap(({ commands }) => commands);
		expect(first?.label).toBe('Mar 10, 2026');
		first?.run();
	};
	open(true);
	expect(navigate.mock.lastCall?.[0]).toBe('/models?from=2026-03-10&to=2026-03-10&tz=UTC');
	open(false);
	expect(goto).toHaveBeenCalledExactlyOnceWith('/?from=2026-03-10&to=2026-03-10&tz=UTC');
});

test('a range is found by its words, and by its name in addresses and on the command line', () => {
	const navigate = vi.fn();
	const app = testApp({ filter: testFilter('/models?tz=UTC', navigate) });
	const effects = {
		compared: true,
		filtered: true,
		goto: () => {},
		showHelp: () => {},
		showViews: () => {}
	};
	for (const range of RANGES) {
		for (const text of [rangeWords(range), range]) {
			const found = commandsFor(text, app, effects).flatMap(({ commands }) => commands);
			const command = found.find(({ id }) => id === `range ${range}`);
			expect(command?.label, text).toBe(rangeWords(range));
			command?.run();
			expect(navigate.mock.lastCall?.[0], text).toContain(`range=${range}`);
		}
	}
});
