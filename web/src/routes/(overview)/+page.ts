import { createApi, SERVER_DATA, SERVER_PERSONAL } from '$lib/api/client';
import { bucketOf, choiceOf, questionOf } from '$lib/state/filter';
import { unlessVisitor } from '$lib/state/visitor';
import type { PageLoad } from './$types';
import { METRICS, STEPS } from './chart';

/** The most projects that the page shows. */
const PROJECTS = 5;

// Nothing is awaited: each card appears with its own answer.
export const load: PageLoad = (event) => {
	const { fetch, url, depends } = event;
	depends(SERVER_DATA);
	depends(SERVER_PERSONAL);
	const api = createApi(fetch);
	const { filter, compare } = questionOf(url);
	const always = { ...filter, from: undefined, to: undefined };
	const daily = api.daily(filter);
	const models = api.models(filter, compare);
	const step = bucketOf(url, 'step', STEPS);
	return {
		stats: api.stats(filter, compare),
		// The colours of the days follow the order of the models, so that they appear after them.
		daily: models.then(() => daily),
		// Days come with all that the tiles draw; hours and weeks are asked for where they are shown.
		trend:
			step === 'day'
				? null
				: api.trends({
						...filter,
						metric: choiceOf(url, 'metric', METRICS),
						bucket: step,
						group: 'model',
						compare: 'none'
					}),
		models,
		why: unlessVisitor(event, () => api.why(filter, compare, 1)),
		forecasts: unlessVisitor(event, () => api.forecasts(filter)),
		markers: unlessVisitor(event, () => api.markers(filter)),
		year: api.trends({ ...always, range: '1y', metric: 'cost_usd', bucket: 'day' }),
		projects: api.projects({ ...filter, compare, sort: 'cost_usd', limit: PROJECTS }),
		tools: api.tools(filter, compare)
	};
};
