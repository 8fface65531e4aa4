/** Usage by weekday and hour: an endpoint that only this page uses. */

import { connect } from '$lib/api/client';
import type { Filter, Metric } from '$lib/api/types';

/** Returns the endpoints as functions over `fetch`. */
export function createActivityApi(fetch: typeof globalThis.fetch) {
	const { client, settle } = connect(fetch);
	return {
		activity: (filter: Filter & { metric?: Metric }) =>
			settle(client.GET('/api/v1/stats/activity', { params: { query: filter } }))
	};
}
