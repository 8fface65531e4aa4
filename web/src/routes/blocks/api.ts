/** Windows and what limits buy: endpoints that only this page uses. */

import { connect } from '$lib/api/client';
import type { Filter, Page } from '$lib/api/types';

/** Returns the endpoints as functions over `fetch`. */
export function createBlocksApi(fetch: typeof globalThis.fetch) {
	const { client, settle } = connect(fetch);
	return {
		blocks: (filter: Filter & Omit<Page, 'sort'> & { active?: boolean }) =>
			settle(client.GET('/api/v1/blocks', { params: { query: filter } })),
		calibration: (query: Pick<Filter, 'tz' | 'home'>) =>
			settle(client.GET('/api/v1/limits/calibration', { params: { query } }))
	};
}
