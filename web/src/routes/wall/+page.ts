import { createApi, SERVER_DATA, SERVER_LIMITS } from '$lib/api/client';
import { questionOf } from '$lib/state/filter';
import { dateIn } from '$lib/state/period';
import type { PageLoad } from './$types';

/** Sessions that are requested: the active ones are among those that were used last. */
const SESSIONS = 20;

/**
 * The present state of all usage is asked for by the frame of the page already; only a filter, or a read-only link, which
 * has no access to it, needs answers of its own.
 */
export const load: PageLoad = async ({ fetch, url, depends, parent }) => {
	depends(SERVER_DATA);
	depends(SERVER_LIMITS);
	const { filter } = questionOf(url);
	const health = await (await parent()).health;
	const isNarrowed = [filter.project, filter.model, filter.home].some((names) => names?.length);
	if (!isNarrowed && !(health.ok && health.value.read_only)) return { apart: null };
	const api = createApi(fetch);
	const of = (range: 'today' | 'this-month') =>
		({ ...filter, range, from: undefined, to: undefined }) as const;
	const today = dateIn('UTC', new Date());
	return {
		apart: {
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
		}
	};
};
