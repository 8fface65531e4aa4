/**
 * Whether names are hidden, for screenshots.
 *
 * # Design
 *
 * Names are replaced where the page receives them from the server, so that they are in no part of the page: texts,
 * links, titles, charts and their files. The page starts again when this changes; otherwise what it already received
 * would have to be found everywhere. Hiding them by a style was rejected: they would stay in the document.
 */

import { m } from '$lib/paraglide/messages';
import { readStored, removeStored, store } from '$lib/state/stored';
import { hideAddress, revealAddress } from './address';
import { Aliases, readAliases, type Words } from './aliases';
import { hide, reveal } from './bodies';

const aliases = read();

function read(): Aliases | null {
	const text = readStored('redaction');
	return text === null ? null : readAliases(text, keep);
}

/** Keeps the names that are known, for the next visit. */
function keep() {
	if (aliases) store('redaction', aliases.stored());
}

/** Returns whether names are hidden. */
export function isRedacted(): boolean {
	return aliases !== null;
}

/** Hides names, or shows them again, and starts the page again. */
export function setRedacted(wanted: boolean) {
	const address = new URL(location.href);
	if (wanted) {
		const words: Words = {
			project: m.redact_project(),
			folder: m.redact_folder(),
			branch: m.redact_branch(),
			file: m.redact_file()
		};
		const fresh = new Aliases(words, [], () => {});
		const hidden = hideAddress(address, fresh);
		store('redaction', fresh.stored());
		history.replaceState(history.state, '', hidden);
	} else {
		if (aliases) history.replaceState(history.state, '', revealAddress(address, aliases));
		removeStored('redaction');
	}
	location.reload();
}

/** Returns the address that hides names, or `null` where `address` has none to hide. */
export function hiddenAddress(address: URL): URL | null {
	const hidden = aliases && hideAddress(address, aliases);
	return hidden && hidden.href !== address.href ? hidden : null;
}

/** Returns a message of the server as it may be shown. */
export function hidden<Body>(body: Body): Body {
	return aliases ? (hide(body, aliases) as Body) : body;
}

/** Returns `fetch`, or one that hides names in JSON, but not in files, and reveals them in requests. */
export function redacting(fetch: typeof globalThis.fetch): typeof globalThis.fetch {
	const known = aliases;
	if (!known) return fetch;
	return async (input, init) => {
		const response = await fetch(await revealed(new Request(input, init), known));
		const isJson = /^application\/(problem\+)?json/.test(
			response.headers.get('content-type') ?? ''
		);
		// A file has the names that the page does not show.
		if (!isJson || response.headers.has('content-disposition')) return response;
		const { status, statusText, headers } = response;
		const body = JSON.stringify(hide(await response.json(), known));
		return new Response(body, { status, statusText, headers });
	};
}

async function revealed(request: Request, known: Aliases): Promise<Request> {
	const url = new URL(request.url);
	const query = [...url.searchParams].map(([name, value]) => [name, known.behind(value)]);
	url.search = new URLSearchParams(query).toString();
	const text = await request.text();
	if (text === '') return new Request(url, { headers: request.headers, method: request.method });
	const body = JSON.stringify(reveal(JSON.parse(text), known));
	return new Request(url, { headers: request.headers, method: request.method, body });
}
