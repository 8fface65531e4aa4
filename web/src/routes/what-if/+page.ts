import { createApi, SERVER_DATA } from '$lib/api/client';
import { questionOf } from '$lib/state/filter';
import type { PageLoad } from './$types';
import { scenarioOf } from './scenario';

export const load: PageLoad = ({ fetch, url, depends }) => {
	depends(SERVER_DATA);
	const scenario = scenarioOf(url);
	return { scenario, whatIf: createApi(fetch).whatIf({ ...questionOf(url).filter, ...scenario }) };
};
