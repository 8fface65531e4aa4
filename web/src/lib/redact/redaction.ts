/**
 * Whether names are hidden, for screenshots.
 *
 * # Design
 *
 * Names are replaced where the page receives them from the server, so that they are in no part of the page: texts,
 * links, titles, charts and their files. The page starts again when this changes; otherwise what it already received
 * would have to be found everywhere. Hiding them by a style was rejected: they would stay in the document.
 *
 * The code for it is loaded only while names are hidden, and nothing is requested before it is there.
 */

import { readStored } from '$lib/state/stored';

const isHidden = readStored('redaction') !== null;

let hiding: typeof import('./hiding') | null = null;

/** Settles when names can be hidden; at once where none are. */
export const prepared: Promise<void> = isHidden
	? import('./hiding').then((loaded) => {
			hiding = loaded;
		})
	: Promise.resolve();

/** Returns whether names are hidden. */
export function isRedacted(): boolean {
	return isHidden;
}

/** Hides names, or shows them again, and starts the page again. */
export async function setRedacted(wanted: boolean): Promise<void> {
	(await import('./hiding')).setRedacted(wanted);
}

/** Returns the address that hides names, or `null` where `address` has none to hide. */
export function hiddenAddress(address: URL): URL | null {
	return hiding?.hiddenAddress(address) ?? null;
}

/** Returns a message of the server as it may be shown. */
export function hidden<Body>(body: Body): Body {
	return hiding ? hiding.hidden(body) : body;
}

/** Returns `fetch`, or one that hides names in responses and reveals them in requests. */
export function redacting(fetch: typeof globalThis.fetch): typeof globalThis.fetch {
	if (!isHidden) return fetch;
	return async (input, init) => {
		await prepared;
		return hiding ? hiding.fetchHidden(fetch, input, init) : fetch(input, init);
	};
}
