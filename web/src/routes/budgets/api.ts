/** Budgets: endpoints that only this page uses. */

import { connect } from '$lib/api/client';
import type { Filter, NewBudget } from '$lib/api/types';

/** Returns the endpoints as functions over `fetch`. */
export function createBudgetsApi(fetch: typeof globalThis.fetch) {
	const { client, settle } = connect(fetch);
	return {
		budgets: (query: Pick<Filter, 'tz' | 'week_start'>) =>
			settle(client.GET('/api/v1/budgets', { params: { query } })),
		/** How a budget stood on the last 30 days. */
		budgetHistory: (id: string, query: Pick<Filter, 'tz' | 'week_start'>) =>
			settle(client.GET('/api/v1/budgets/{id}', { params: { path: { id }, query } })),
		addBudget: (body: NewBudget) => settle(client.POST('/api/v1/budgets', { body })),
		removeBudget: (id: string) =>
			settle(client.DELETE('/api/v1/budgets/{id}', { params: { path: { id } } }))
	};
}
