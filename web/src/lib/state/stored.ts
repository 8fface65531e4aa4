/**
 * What a person chose earlier, and how the page was opened, in the browser's storage.
 *
 * Storage may be full or forbidden. A choice is then good for as long as the page is open, which
 * is not reported.
 */

type Name =
	| 'range'
	| 'week'
	| 'zone'
	| 'compare'
	| 'theme'
	| 'targets'
	| 'markers'
	| 'shortcuts'
	| 'colours'
	| 'redaction'
	| 'alerts'
	| 'alerts-seen'
	| 'visitor';

/** Returns the stored choice, or `null` without one. */
export function readStored(name: Name): string | null {
	try {
		return localStorage.getItem(`ctm.${name}`);
	} catch {
		return null;
	}
}

/** Stores a choice. */
export function store(name: Name, value: string) {
	try {
		localStorage.setItem(`ctm.${name}`, value);
	} catch {
		// See above.
	}
}

/** Removes a stored choice. */
export function removeStored(name: Name) {
	try {
		localStorage.removeItem(`ctm.${name}`);
	} catch {
		// See above.
	}
}
