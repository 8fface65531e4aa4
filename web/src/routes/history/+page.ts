import { createApi, SERVER_DATA, SERVER_PERSONAL } from '$lib/api/client';
import { questionOf } from '$lib/state/filter';
import type { PageLoad } from './$types';
import { createHistoryApi } from './api';
import { daysAsked, SNAPSHOTS } from './history';

export const load: PageLoad = ({ fetch, url, depends }) => {
	depends(SERVER_DATA);
	depends(SERVER_PERSONAL);
	const api = createApi(fetch);
	const { history } = createHistoryApi(fetch);
	const days = daysAsked(url);
	return {
		days,
		snapshots: history({ ...days, limit: SNAPSHOTS, order: 'desc' }),
		// Which days are covered is of interest for all of them: a range would hide what is missing.
		coverage: history({ limit: 1 }),
		notes: api.notes(),
		audit: api.audit(questionOf(url).filter)
	};
};
