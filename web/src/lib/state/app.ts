/** What every page shares, handed down by context. */

import { createContext } from 'svelte';
import type { Health } from '$lib/api/types';
import type { Live } from '$lib/live/live.svelte';
import type { Kept } from './kept.svelte';
import type { Language } from './language.svelte';
import type { Theme } from './theme.svelte';
import type { View } from './view.svelte';

export interface App {
	theme: Theme;
	language: Language;
	live: Pick<Live, 'phase' | 'heardAt' | 'dataVersion'>;
	view: View;
	health: Kept<Health>;
	/** Asks the server for everything again. */
	refresh: () => void;
}

export const [useApp, provideApp] = createContext<App>();
