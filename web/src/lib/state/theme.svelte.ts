import { readStored, store } from './stored';

/** Every theme; `system` follows the system's own. */
export const THEMES = ['system', 'light', 'dark'] as const;
export type ThemeName = (typeof THEMES)[number];

/** The theme, kept in the browser's storage and on the root element, where tokens.css looks. */
export class Theme {
	#name = $state<ThemeName>(THEMES.find((name) => name === readStored('theme')) ?? 'system');

	get name(): ThemeName {
		return this.#name;
	}

	set name(name: ThemeName) {
		this.#name = name;
		store('theme', name);
		const { dataset } = document.documentElement;
		if (name === 'system') delete dataset.theme;
		else dataset.theme = name;
		colourWindow(name);
	}
}

/** Has an installed page's window in the colours of the theme; `first-paint.js` does the same. */
function colourWindow(name: ThemeName) {
	for (const meta of document.querySelectorAll<HTMLMetaElement>('meta[name="theme-color"]')) {
		const { scheme } = meta.dataset;
		if (name === 'system') meta.media = `(prefers-color-scheme: ${scheme})`;
		else meta.media = scheme === name ? 'all' : 'not all';
	}
}
