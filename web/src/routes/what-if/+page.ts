import { connect, SERVER_DATA } from '$lib/api/client';
import { questionOf } from '$lib/state/filter';
import type { PageLoad } from './$types';
import { scenarioOf } from './scenario';

export const load: PageLoad = ({ fetch, url, depends }) => {
	depends(SERVER_DATA);
	const scenario = scenarioOf(url);
	const { client, settle } = connect(fetch);
	const query = { ...questionOf(url).filter, ...scenario };
	return { scenario, whatIf: settle(client.GET('/api/v1/what-if', { params: { query } })) };
};
