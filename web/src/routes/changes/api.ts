/** Changes: an endpoint that only this page uses. */

import { connect } from '$lib/api/client';
import type { Changes, Filter } from '$lib/api/types';

/** Returns the endpoints as functions over `fetch`. */
export function createChangesApi(fetch: typeof globalThis.fetch) {
	const { client, settle } = connect(fetch);
	return {
		changes: (filter: Filter & Changes) =>
			settle(client.GET('/api/v1/stats/changes', { params: { query: filter } }))
	};
}
