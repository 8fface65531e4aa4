/** Changes of saved views: endpoints that only their panel uses. */

import { connect } from '$lib/api/client';

/** Returns the endpoints as functions over `fetch`. */
export function createViewsApi(fetch: typeof globalThis.fetch) {
	const { client, settle } = connect(fetch);
	return {
		addView: (view: { name: string; path: string }) =>
			settle(client.POST('/api/v1/views', { body: view })),
		renameView: (id: string, name: string) =>
			settle(client.PATCH('/api/v1/views/{id}', { params: { path: { id } }, body: { name } })),
		removeView: (id: string) =>
			settle(client.DELETE('/api/v1/views/{id}', { params: { path: { id } } }))
	};
}
