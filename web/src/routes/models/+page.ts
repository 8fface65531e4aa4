import { createApi, SERVER_DATA } from '$lib/api/client';
import { bucketOf, choiceOf, questionOf } from '$lib/state/filter';
import { unlessVisitor } from '$lib/state/visitor';
import type { PageLoad } from './$types';
import { METRICS, STEPS } from './models';

// Nothing is awaited: each card appears with its own answer.
export const load: PageLoad = (event) => {
	const { fetch, url, depends } = event;
	depends(SERVER_DATA);
	const api = createApi(fetch);
	const { filter, compare } = questionOf(url);
	const models = api.models(filter, compare);
	const trend = api.trends({
		...filter,
		metric: choiceOf(url, 'metric', METRICS),
		bucket: bucketOf(url, 'step', STEPS),
		group: 'model'
	});
	return {
		models,
		// Its colours follow the order of the models.
		trend: models.then(() => trend),
		// Where the file with a person's own prices is, for models without one.
		config: models.then((result) =>
			result.ok && result.value.meta.unpriced_models.length > 0
				? unlessVisitor(event, api.config)
				: null
		)
	};
};
