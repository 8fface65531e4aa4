import { connect, SERVER_DATA } from '$lib/api/client';
import { questionOf } from '$lib/state/filter';
import type { PageLoad } from './$types';

export const load: PageLoad = ({ fetch, url, depends }) => {
	depends(SERVER_DATA);
	const { client, settle } = connect(fetch);
	const query = questionOf(url).filter;
	return { worth: settle(client.GET('/api/v1/worth', { params: { query } })) };
};
