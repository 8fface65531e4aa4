/** A session: endpoints that only this page uses. */

import { connect } from '$lib/api/client';
import type { Page } from '$lib/api/types';

export type SessionApi = ReturnType<typeof createSessionApi>;

/** Returns the endpoints as functions over `fetch`. */
export function createSessionApi(fetch: typeof globalThis.fetch) {
	const { client, settle } = connect(fetch);
	return {
		session: (id: string, tz?: string) =>
			settle(client.GET('/api/v1/sessions/{id}', { params: { path: { id }, query: { tz } } })),
		responses: (id: string, query: Omit<Page, 'sort'>) =>
			settle(client.GET('/api/v1/sessions/{id}/responses', { params: { path: { id }, query } }))
	};
}
