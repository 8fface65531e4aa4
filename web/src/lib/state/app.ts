/** What every page shares, handed down by context. */

import { createContext } from 'svelte';
import type { Health, Now } from '$lib/api/types';
import type { Live } from '$lib/live/live.svelte';
import type { FilterState } from './filter.svelte';
import type { Kept } from './kept.svelte';
import type { Language } from './language.svelte';
import type { Options } from './options.svelte';
import type { Shortcuts } from './shortcuts.svelte';
import type { Theme } from './theme.svelte';
import type { SavedViews } from '$lib/views/views.svelte';
import type { View } from './view.svelte';

export interface App {
	theme: Theme;
	language: Language;
	/** Which days, projects and models are shown, and in which zone. */
	filter: FilterState;
	/** What the filter can be set to. */
	options: Options;
	live: Pick<
		Live,
		| 'phase'
		| 'heardAt'
		| 'announced'
		| 'ingest'
		| 'blocks'
		| 'limits'
		| 'personal'
		| 'paused'
		| 'waiting'
		| 'listen'
	>;
	view: View;
	/** The present state: today, limits, targets. */
	now: Kept<Now>;
	/** Asks for it again. */
	askNow: () => void;
	/** Pages with their filter, by name. */
	views: SavedViews;
	shortcuts: Shortcuts;
	health: Kept<Health>;
	/** Asks the server for everything again. */
	refresh: () => void;
	/** Asks the server how it is. */
	checkHealth: () => void;
}

export const [useApp, provideApp] = createContext<App>();
