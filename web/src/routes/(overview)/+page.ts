import { createApi, SERVER_DATA } from '$lib/api/client';
import { chooseRange } from '$lib/state/range';
import { readStored } from '$lib/state/stored';
import { zone } from '$lib/state/zone';
import type { PageLoad } from './$types';

/** The most projects that the page asks for. */
const PROJECTS = 50;

// Nothing is awaited: each card appears with its own answer.
export const load: PageLoad = ({ fetch, url, depends }) => {
	depends(SERVER_DATA);
	const api = createApi(fetch);
	const filter = { range: chooseRange(url, readStored('range')), tz: zone() };
	const daily = api.daily(filter);
	const models = api.models(filter);
	return {
		stats: api.stats(filter),
		// The colours of the days follow the order of the models, so that they appear after them.
		daily: models.then(() => daily),
		models,
		projects: api.projects({ ...filter, limit: PROJECTS })
	};
};
