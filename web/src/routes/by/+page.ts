import { connect, SERVER_DATA } from '$lib/api/client';
import { choiceOf, questionOf } from '$lib/state/filter';
import type { PageLoad } from './$types';
import { LIMITS, ROWS, TABS } from './by';
import { bucketOf } from './concurrency';

export const load: PageLoad = ({ fetch, url, depends }) => {
	depends(SERVER_DATA);
	const what = choiceOf(url, 'by', TABS);
	const limit = LIMITS[choiceOf(url, 'rows', ROWS)];
	const { client, settle } = connect(fetch);
	const { filter: query } = questionOf(url);
	return {
		what,
		by: settle(
			client.GET('/api/v1/by/{what}', { params: { path: { what }, query: { ...query, limit } } })
		),
		drivers: settle(client.GET('/api/v1/drivers', { params: { query } })),
		hooks: settle(client.GET('/api/v1/hooks', { params: { query } })),
		concurrency: settle(
			client.GET('/api/v1/concurrency', { params: { query: { ...query, bucket: bucketOf(url) } } })
		)
	};
};
