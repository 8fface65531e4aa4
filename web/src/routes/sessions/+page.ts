import { createApi, SERVER_DATA } from '$lib/api/client';
import type { SoughtSessions } from '$lib/api/types';
import { choiceOf, questionOf } from '$lib/state/filter';
import type { PageLoad } from './$types';
import { timesOf } from '$lib/sessions/times';

/** As many sessions as are shown at once. */
const SESSIONS = 50;

export const load: PageLoad = ({ fetch, url, depends }) => {
	depends(SERVER_DATA);
	const api = createApi(fetch);
	const { filter, compare } = questionOf(url);
	const text = url.searchParams.get('q')?.trim();
	const wanted: SoughtSessions = {
		...(text && { search: text }),
		...(choiceOf(url, 'active', ['', '1']) === '1' && { active: true })
	};
	const question = {
		...filter,
		...timesOf(url),
		...wanted,
		compare,
		limit: SESSIONS,
		sort: choiceOf(url, 'sort', ['started_at', 'total_tokens', 'cost_usd']),
		order: choiceOf(url, 'order', ['desc', 'asc'])
	};
	const finds = Object.keys(wanted).length > 0;
	return { question, wanted, finds, sessions: api.sessions(question) };
};
