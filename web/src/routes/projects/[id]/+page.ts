import { createApi, SERVER_DATA } from '$lib/api/client';
import { choiceOf, questionOf } from '$lib/state/filter';
import type { PageLoad } from './$types';
import { bucketFor } from './buckets';

/** As many sessions as the server lists at once: branches are derived from them. */
const SESSIONS = 500;

/** As many models as have a colour. */
const SERIES = 7;

export const load: PageLoad = ({ fetch, url, params, depends }) => {
	depends(SERVER_DATA);
	const api = createApi(fetch);
	const { filter, compare } = questionOf(url);
	// The page is about its project, whatever else the address asks for.
	const question = { ...filter, project: [params.id] };
	const bucket = bucketFor(url);
	const metric = choiceOf(url, 'metric', ['cost_usd', 'total_tokens']);
	const models = api.models(question, compare);
	const other = url.searchParams.get('with');
	const trend = api.trends({ ...question, bucket, metric, group: 'model', series: SERIES });
	return {
		id: params.id,
		metric,
		/** The project over all time, which shows whether there is one. */
		ever: api.projects({ range: 'all', tz: filter.tz, project: [params.id] }),
		stats: api.stats(question, compare),
		/** The project next to it, in the same period. */
		other: other
			? { id: other, stats: api.stats({ ...question, project: [other] }, 'none') }
			: null,
		models,
		// The colours of the bars follow the order of the models, so that they appear after them.
		trend: models.then(() => trend),
		rate: api.trends({ ...question, bucket, metric: 'cache_hit_rate', group: 'none' }),
		sessions: api.sessions({ ...question, limit: SESSIONS }),
		tools: api.tools(question)
	};
};
