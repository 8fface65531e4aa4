import { SERVER_DATA } from '$lib/api/client';
import { narrowedOf } from '$lib/sessions/narrowed';
import { onlyOf, timesOf } from '$lib/sessions/times';
import { choiceOf, questionOf } from '$lib/state/filter';
import type { PageLoad } from './$types';
import { askResponses } from './api';
import { SERVER_SORTS, SORTS } from './sorts';

/** As many responses as are shown at once. */
const RESPONSES = 50;

export const load: PageLoad = ({ fetch, url, depends }) => {
	depends(SERVER_DATA);
	const question = {
		...questionOf(url).filter,
		...timesOf(url),
		...onlyOf(url),
		...narrowedOf(url),
		limit: RESPONSES,
		sort: SERVER_SORTS[choiceOf(url, 'sort', SORTS)],
		order: choiceOf(url, 'order', ['desc', 'asc'])
	};
	return { question, responses: askResponses(fetch, question) };
};
