import { createApi, SERVER_DATA, SERVER_PERSONAL } from '$lib/api/client';
import { questionOf } from '$lib/state/filter';
import { unlessVisitor } from '$lib/state/visitor';
import type { PageLoad } from './$types';
import { createActivityApi } from './api';
import { readView } from './view';

export const load: PageLoad = (event) => {
	const { fetch, url, depends } = event;
	depends(SERVER_DATA);
	depends(SERVER_PERSONAL);
	const api = createApi(fetch);
	const { filter, compare } = questionOf(url);
	const { metric, bucket, group, hours } = readView(url);
	return {
		trend: api.trends({ ...filter, metric, bucket, group, compare }),
		markers: unlessVisitor(event, () => api.markers(filter)),
		activity: createActivityApi(fetch).activity({ ...filter, metric: hours })
	};
};
