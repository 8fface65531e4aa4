import { createApi, SERVER_DATA } from '$lib/api/client';
import { choiceOf, questionOf } from '$lib/state/filter';
import type { PageLoad } from './$types';
import { SUMMED } from '$lib/state/metrics';
import { createChangesApi } from './api';
import { ITEMS } from './changes';

/** The most items that are listed by themselves. */
const MOST = 50;

export const load: PageLoad = ({ fetch, url, depends }) => {
	depends(SERVER_DATA);
	const { filter, compare } = questionOf(url);
	const question = {
		...filter,
		by: choiceOf(url, 'by', ITEMS),
		metric: choiceOf(url, 'metric', SUMMED),
		compare,
		limit: MOST
	};
	// The causes are those of the cost, whatever metric the items have.
	return {
		question,
		changes: createChangesApi(fetch).changes(question),
		why: createApi(fetch).why(filter, compare, 1)
	};
};
