import { createApi, SERVER_DATA, SERVER_LIMITS, type Result } from '$lib/api/client';
import type { Limits } from '$lib/api/types';
import { questionOf } from '$lib/state/filter';
import { dateIn } from '$lib/state/period';
import { scopeOf } from '$lib/state/visitor';
import type { PageLoad } from './$types';

/** Sessions that are requested: the active ones are among those that were used last. */
const SESSIONS = 20;

/** The present state is asked for by the frame of the page already; only a filter needs answers of its own. */
export const load: PageLoad = (event) => {
	const { fetch, url, depends } = event;
	depends(SERVER_DATA);
	depends(SERVER_LIMITS);
	const { filter } = questionOf(url);
	const isNarrowed =
		filter.sidechain !== undefined ||
		[filter.project, filter.model, filter.home].some((names) => names?.length);
	if (!isNarrowed) return { apart: null };
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
			limits: limitsWithin(event, () => api.limits({ from: today, to: today, home: filter.home })),
			models: api.models(of('today')),
			sessions: api.sessions({ ...of('today'), sort: 'last_at', order: 'desc', limit: SESSIONS })
		}
	};
};

/** Returns the current limits; for a link to a project none, because they belong to a whole home. */
async function limitsWithin(
	event: Parameters<typeof scopeOf>[0],
	ask: () => Promise<Result<Pick<Limits, 'current'>>>
): Promise<Result<Pick<Limits, 'current'>>> {
	return (await scopeOf(event)) === 'project' ? { ok: true, value: { current: null } } : ask();
}
