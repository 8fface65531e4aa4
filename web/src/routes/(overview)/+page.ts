import { createApi, SERVER_DATA } from '$lib/api/client';
import { questionOf } from '$lib/state/filter';
import type { PageLoad } from './$types';

/** The most projects that the page asks for. */
const PROJECTS = 50;

// Nothing is awaited: each card appears with its own answer.
export const load: PageLoad = ({ fetch, url, depends }) => {
	depends(SERVER_DATA);
	const api = createApi(fetch);
	const { filter, compare } = questionOf(url);
	const daily = api.daily(filter);
	const models = api.models(filter);
	return {
		stats: api.stats(filter, compare),
		// The colours of the days follow the order of the models, so that they appear after them.
		daily: models.then(() => daily),
		models,
		projects: api.projects({ ...filter, limit: PROJECTS })
	};
};
