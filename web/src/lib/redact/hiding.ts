/** Hides names in what the server sends, and reveals them in requests; loaded only while names are hidden. */

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

/** Hides names, or shows them again, and starts the page again. */
export function setRedacted(wanted: boolean) {
	const address = new URL(location.href);
	if (wanted) {
		const words: Words = {
			project: m.redact_project(),
			folder: m.redact_folder(),
			branch: m.redact_branch(),
			session: m.redact_session(),
			file: m.redact_file(),
			agent: m.subagent(),
			skill: m.redact_skill(),
			plugin: m.redact_plugin(),
			server: m.redact_server(),
			tool: m.redact_tool(),
			home: m.redact_home(),
			team: m.redact_team(),
			title: m.redact_title(),
			view: m.redact_view(),
			note: m.redact_note(),
			link: m.redact_link()
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

/** Returns the response to a request, with names hidden in JSON, but not in files, and revealed in the request. */
export async function fetchHidden(
	fetch: typeof globalThis.fetch,
	input: RequestInfo | URL,
	init?: RequestInit
): Promise<Response> {
	if (!aliases) return fetch(input, init);
	const response = await fetch(await revealed(new Request(input, init), aliases));
	const isJson = /^application\/(problem\+)?json/.test(response.headers.get('content-type') ?? '');
	// A file has the names that the page does not show.
	if (!isJson || response.headers.has('content-disposition')) return response;
	const { status, statusText, headers } = response;
	const body = JSON.stringify(hide(await response.json(), aliases));
	return new Response(body, { status, statusText, headers });
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
