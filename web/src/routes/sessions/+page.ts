import { createApi, SERVER_DATA } from '$lib/api/client';
import { choiceOf, questionOf } from '$lib/state/filter';
import type { PageLoad } from './$types';
import { timesOf } from '$lib/sessions/times';
import { findSessions } from './find';

/** As many sessions as are shown at once. */
const SESSIONS = 50;

export const load: PageLoad = ({ fetch, url, depends }) => {
	depends(SERVER_DATA);
	const api = createApi(fetch);
	const { filter } = questionOf(url);
	const question = {
		...filter,
		...timesOf(url),
		limit: SESSIONS,
		sort: choiceOf(url, 'sort', ['started_at', 'total_tokens', 'cost_usd']),
		order: choiceOf(url, 'order', ['desc', 'asc'])
	};
	const wanted = {
		text: url.searchParams.get('q')?.trim() ?? '',
		active: choiceOf(url, 'active', ['', '1']) === '1'
	};
	const finds = wanted.text !== '' || wanted.active;
	return {
		question,
		wanted,
		finds,
		sessions: finds ? findSessions(api, question, wanted) : api.sessions(question)
	};
};
