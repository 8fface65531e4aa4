import { createApi, SERVER_DATA, SERVER_LIMITS } from '$lib/api/client';
import { questionOf } from '$lib/state/filter';
import { dateIn } from '$lib/state/period';
import type { PageLoad } from './$types';

/** Sessions that are requested: the active ones are among those that were used last. */
const SESSIONS = 20;

export const load: PageLoad = ({ fetch, url, depends }) => {
	depends(SERVER_DATA);
	depends(SERVER_LIMITS);
	const api = createApi(fetch);
	const { filter } = questionOf(url);
	const of = (range: 'today' | 'this-month') =>
		({ ...filter, range, from: undefined, to: undefined }) as const;
	const today = dateIn('UTC', new Date());
	return {
		today: api.stats(of('today'), 'previous'),
		month: api.stats(of('this-month'), 'previous'),
		hours: api.trends({
			...of('today'),
			metric: 'cost_usd',
			bucket: 'hour',
			group: 'none',
			compare: 'previous'
		}),
		limits: api.limits({ from: today, to: today, home: filter.home }),
		models: api.models(of('today')),
		sessions: api.sessions({ ...of('today'), sort: 'last_at', order: 'desc', limit: SESSIONS })
	};
};
