/** Snapshots and covered days: an endpoint that only this page uses. */

import { connect } from '$lib/api/client';
import type { Filter, Page } from '$lib/api/types';

/** Returns the endpoints as functions over `fetch`. */
export function createHistoryApi(fetch: typeof globalThis.fetch) {
	const { client, settle } = connect(fetch);
	return {
		history: (query: Pick<Filter, 'from' | 'to'> & Omit<Page, 'sort'>) =>
			settle(client.GET('/api/v1/stats/history', { params: { query } }))
	};
}
