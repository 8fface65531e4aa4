/** Read-only links: endpoints that only this page uses. */

import { connect } from '$lib/api/client';
import type { NewLink } from '$lib/api/types';

/** Returns the endpoints as functions over `fetch`. */
export function createLinksApi(fetch: typeof globalThis.fetch) {
	const { client, settle } = connect(fetch);
	return {
		links: () => settle(client.GET('/api/v1/links')),
		createLink: (body: NewLink) => settle(client.POST('/api/v1/links', { body })),
		removeLink: (id: string) =>
			settle(client.DELETE('/api/v1/links/{id}', { params: { path: { id } } }))
	};
}
