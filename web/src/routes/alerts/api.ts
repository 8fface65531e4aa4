/** Alert rules, alerts and channels: endpoints that only this page uses. */

import { connect } from '$lib/api/client';
import type { NewAlertRule } from '$lib/api/types';

/** Returns the endpoints as functions over `fetch`. */
export function createAlertsApi(fetch: typeof globalThis.fetch) {
	const { client, settle } = connect(fetch);
	return {
		alerts: () => settle(client.GET('/api/v1/alerts')),
		rules: () => settle(client.GET('/api/v1/alerts/rules')),
		addRule: (body: NewAlertRule) => settle(client.POST('/api/v1/alerts/rules', { body })),
		removeRule: (id: string) =>
			settle(client.DELETE('/api/v1/alerts/rules/{id}', { params: { path: { id } } })),
		/** Raises an alert with made-up figures. */
		testRule: (id: string) =>
			settle(client.POST('/api/v1/alerts/rules/{id}/test', { params: { path: { id } } })),
		channels: () => settle(client.GET('/api/v1/alerts/channels')),
		/** Sends a test to a channel, and waits for its answer. */
		testChannel: (name: string) =>
			settle(client.POST('/api/v1/alerts/channels/{name}/test', { params: { path: { name } } }))
	};
}
