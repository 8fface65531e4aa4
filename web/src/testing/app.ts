import type { Health, Now } from '$lib/api/types';
import type { App } from '$lib/state/app';
import { FilterState } from '$lib/state/filter.svelte';
import { Kept } from '$lib/state/kept.svelte';
import { Language } from '$lib/state/language.svelte';
import { Options } from '$lib/state/options.svelte';
import { Shortcuts } from '$lib/state/shortcuts.svelte';
import { Theme } from '$lib/state/theme.svelte';
import { View } from '$lib/state/view.svelte';
import { SavedViews } from '$lib/views/views.svelte';

/** Returns what every page shares, as on a page that was just opened, except for `other`. */
export function testApp(other: Partial<App> = {}): App {
	return {
		theme: new Theme(),
		language: new Language(() => 'UTC'),
		filter: testFilter(),
		options: new Options(() => {
			throw new Error('no test asks for options');
		}),
		live: {
			phase: 'live',
			heardAt: null,
			announced: null,
			ingest: null,
			blocks: 0,
			limits: 0,
			personal: 0,
			paused: false,
			waiting: 0,
			listen: () => () => {}
		},
		view: new View(),
		now: new Kept<Now>(),
		askNow: () => {},
		views: new SavedViews(() => {
			throw new Error('no test asks for views');
		}),
		shortcuts: new Shortcuts(),
		health: new Kept<Health>(),
		refresh: () => {},
		checkHealth: () => {},
		...other
	};
}

/** Returns the filter of a page at `address`, which hands every other address to `navigate`. */
export function testFilter(
	address = '/?range=30d&tz=UTC',
	navigate: (address: string) => void = () => {}
): FilterState {
	return new FilterState({
		url: () => new URL(address, 'http://localhost'),
		navigate,
		askZone: async () => null
	});
}
