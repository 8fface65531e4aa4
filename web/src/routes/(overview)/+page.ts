import { createApi, SERVER_DATA, SERVER_LIMITS, SERVER_PERSONAL } from '$lib/api/client';
import { choiceOf, questionOf } from '$lib/state/filter';
import { dateIn } from '$lib/state/period';
import type { PageLoad } from './$types';
import { METRICS, stepOf } from './chart';

/** The most projects that the page shows. */
const PROJECTS = 5;

// Nothing is awaited: each card appears with its own answer.
export const load: PageLoad = ({ fetch, url, depends }) => {
	depends(SERVER_DATA);
	depends(SERVER_LIMITS);
	depends(SERVER_PERSONAL);
	const api = createApi(fetch);
	const { filter, compare } = questionOf(url);
	const always = { ...filter, from: undefined, to: undefined };
	const today = dateIn('UTC', new Date());
	const daily = api.daily(filter);
	const models = api.models(filter);
	const step = stepOf(url);
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
		markers: api.markers(filter),
		// What these cover does not depend on the range: a week is sure to hold a window that is open.
		blocks: api.blocks({ ...always, range: '7d', active: true, limit: 1 }),
		// The present state depends on no days: one day is the smallest request.
		limits: api.limits({ from: today, to: today, home: filter.home }),
		year: api.trends({ ...always, range: '1y', metric: 'cost_usd', bucket: 'day' }),
		projects: api.projects({ ...filter, sort: 'cost_usd', limit: PROJECTS }),
		tools: api.tools(filter)
	};
};
