/** How a response was counted: an endpoint of the window above the page. */

import { connect } from '$lib/api/client';

/** Asks for a response with the lines that log it. */
export function askResponse(fetch: typeof globalThis.fetch, key: string) {
	const { client, settle } = connect(fetch);
	return settle(client.GET('/api/v1/responses/{key}', { params: { path: { key } } }));
}
