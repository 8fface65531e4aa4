import { createApi, SERVER_DATA } from '$lib/api/client';
import { questionOf } from '$lib/state/filter';
import type { PageLoad } from './$types';
import { createSessionApi } from './api';
import { allResponses } from './whole';

export const load: PageLoad = ({ fetch, url, params, depends }) => {
	depends(SERVER_DATA);
	const api = createApi(fetch);
	const own = createSessionApi(fetch);
	const { filter } = questionOf(url);
	return {
		id: params.id,
		session: own.session(params.id, filter.tz),
		// The part of the session in the period from which it was opened.
		part: api.stats({ ...filter, session: [params.id] }, 'none'),
		figure: api.stats(filter, 'none'),
		whole: allResponses(own, params.id)
	};
};
