/** A change of the budgets that charts show. */

import { connect } from '$lib/api/client';
import type { TargetsChange } from '$lib/api/types';

/** Changes amounts; `null` removes one. */
export function changeTargets(fetch: typeof globalThis.fetch, change: TargetsChange) {
	const { client, settle } = connect(fetch);
	return settle(client.PATCH('/api/v1/targets', { body: change }));
}
