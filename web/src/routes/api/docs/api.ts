/** The document of the interface: an endpoint that only this page uses. */

import { connect, type Answer } from '$lib/api/client';
import type { OpenApi } from '$lib/api/openapi';

/** Asks for the OpenAPI document, which does not describe itself. */
export function askDocument(fetch: typeof globalThis.fetch) {
	const { client, settle } = connect(fetch);
	return settle(client.GET('/api/v1/openapi.json' as never) as Promise<Answer<OpenApi>>);
}
