/** Responses of any session: an endpoint that only this page uses. */

import { connect } from '$lib/api/client';
import type { Filter, Page, ResponseSort } from '$lib/api/types';
import type { Narrowed } from '$lib/sessions/narrowed';
import type { ResponsesOnly, Times } from '$lib/sessions/times';

type Question = Filter &
	Omit<Page, 'sort'> &
	Times &
	ResponsesOnly &
	Narrowed & { sort?: ResponseSort };

/** Asks for responses. */
export function askResponses(fetch: typeof globalThis.fetch, question: Question) {
	const { client, settle } = connect(fetch);
	return settle(client.GET('/api/v1/responses', { params: { query: question } }));
}
