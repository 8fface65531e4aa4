import { PAGES, type PagePath } from './pages';
import { readStored, store } from './stored';

/** What a key can do. */
export type Action =
	| { kind: 'page'; path: PagePath }
	| { kind: 'earlier' | 'later' | 'compare' | 'charts' | 'search' | 'help' };

/** The keys that do something by themselves. */
export const KEYS = {
	'[': 'earlier',
	']': 'later',
	c: 'compare',
	t: 'charts',
	'/': 'search',
	'?': 'help'
} as const satisfies Record<string, Exclude<Action['kind'], 'page'>>;

/** The key after which one leads to a page. */
export const PAGE_PREFIX = 'g';

/** How long after it, in milliseconds. */
const PREFIX_MS = 1500;

/** What takes keys for itself: text, and lists that search by them. */
const TAKES_KEYS =
	'textarea, select, [contenteditable], [role="combobox"], [role="listbox"], [role="menu"], ' +
	'input:not([type="radio"], [type="checkbox"], [type="button"], [type="submit"], [type="range"])';

/** What is on top of the page and has keys of its own. */
const ON_TOP = 'dialog[open], [popover]:popover-open';

/** Keys that do what otherwise takes a pointer; shortcuts can be switched off them. */
export class Shortcuts {
	#enabled = $state(readStored('shortcuts') !== 'off');
	#prefixAt = -Infinity;

	get enabled(): boolean {
		return this.#enabled;
	}

	set enabled(enabled: boolean) {
		this.#enabled = enabled;
		store('shortcuts', enabled ? 'on' : 'off');
	}

	/** Returns what a pressed key is to do, or `null` if it is none of ours. */
	press(event: KeyboardEvent): Action | null {
		if (!this.#enabled || event.defaultPrevented || event.isComposing || event.repeat) return null;
		// On many keyboards, brackets take AltGr, which some systems report as Ctrl and Alt.
		const altGr = event.getModifierState('AltGraph');
		if (event.metaKey || ((event.ctrlKey || event.altKey) && !altGr)) return null;
		if (event.target instanceof Element && event.target.closest(TAKES_KEYS)) return null;
		if (document.querySelector(ON_TOP)) return null;

		const afterPrefix = event.timeStamp - this.#prefixAt < PREFIX_MS;
		// Shift is pressed on the way to other keys.
		if (event.key.length > 1) return null;
		this.#prefixAt = !afterPrefix && event.key === PAGE_PREFIX ? event.timeStamp : -Infinity;
		if (afterPrefix) {
			const page = PAGES.find(({ key }) => key === event.key);
			return page ? { kind: 'page', path: page.path } : null;
		}
		const kind = Object.entries(KEYS).find(([key]) => key === event.key)?.[1];
		return kind ? { kind } : null;
	}
}
