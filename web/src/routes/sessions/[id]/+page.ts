import { createApi, SERVER_DATA } from '$lib/api/client';
import { questionOf } from '$lib/state/filter';
import type { PageLoad } from './$types';
import { allResponses } from './whole';

export const load: PageLoad = ({ fetch, url, params, depends }) => {
	depends(SERVER_DATA);
	const api = createApi(fetch);
	return {
		id: params.id,
		session: api.session(params.id, questionOf(url).filter.tz),
		whole: allResponses(api, params.id)
	};
};
