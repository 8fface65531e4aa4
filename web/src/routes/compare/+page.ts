import { connect, SERVER_DATA } from '$lib/api/client';
import { choiceOf, questionOf } from '$lib/state/filter';
import type { PageLoad } from './$types';
import { COMPARED, PROJECTS } from './compare';

export const load: PageLoad = ({ fetch, url, depends }) => {
	depends(SERVER_DATA);
	const by = choiceOf(url, 'by', COMPARED);
	const among = choiceOf(url, 'among', PROJECTS);
	const query = { ...questionOf(url).filter, same_projects: among === 'same' };
	const { client, settle } = connect(fetch);
	const params = { path: { what: by }, query };
	return { by, among, comparison: settle(client.GET('/api/v1/compare/{what}', { params })) };
};
