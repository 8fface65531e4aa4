/** Statements of SQL and the saved ones: endpoints that only this page uses. */

import { connect } from '$lib/api/client';

/** Returns the endpoints as functions over `fetch`. */
export function createSqlApi(fetch: typeof globalThis.fetch) {
	const { client, settle } = connect(fetch);
	return {
		/** Returns the views, and whether the server runs statements. */
		views: () => settle(client.GET('/api/v1/sql')),
		run: (sql: string, tz: string) =>
			settle(client.POST('/api/v1/sql', { body: { sql, tz, limit: null } })),
		queries: () => settle(client.GET('/api/v1/queries')),
		add: (name: string, sql: string) =>
			settle(client.POST('/api/v1/queries', { body: { name, sql } })),
		change: (id: string, sql: string) =>
			settle(
				client.PATCH('/api/v1/queries/{id}', {
					params: { path: { id } },
					body: { sql, name: null }
				})
			),
		remove: (id: string) =>
			settle(client.DELETE('/api/v1/queries/{id}', { params: { path: { id } } }))
	};
}
