import { connect, createApi, SERVER_DATA } from '$lib/api/client';
import { bucketOf, choiceOf, questionOf } from '$lib/state/filter';
import { unlessVisitor } from '$lib/state/visitor';
import type { PageLoad } from './$types';
import { MISSES_BY, PARTS } from './cache';

/** The most projects that the page shows. */
const PROJECTS = 50;

// Nothing is awaited: each card appears with its own answer.
export const load: PageLoad = (event) => {
	const { fetch, url, depends } = event;
	depends(SERVER_DATA);
	const api = createApi(fetch);
	const { client, settle } = connect(fetch);
	const { filter, compare } = questionOf(url);
	const by = choiceOf(url, 'group', MISSES_BY);
	const models = api.models(filter);
	const bucket = bucketOf(url, 'step', ['day']);
	const rates = api.trends({
		...filter,
		metric: 'cache_hit_rate',
		bucket,
		group: choiceOf(url, 'by', PARTS)
	});
	return {
		stats: api.stats(filter, compare),
		daily: api.daily(filter),
		// Days come with all that is drawn; hours are asked for where they are.
		savings:
			bucket === 'hour'
				? api.trends({ ...filter, metric: 'cache_saving_usd', bucket, group: 'none' })
				: null,
		cache: unlessVisitor(event, () =>
			settle(client.GET('/api/v1/cache', { params: { query: { ...filter, by, limit: 20 } } }))
		),
		models,
		// Their colours follow the order of the models.
		rates: models.then(() => rates),
		projects: api.projects({ ...filter, sort: 'total_tokens', limit: PROJECTS })
	};
};
