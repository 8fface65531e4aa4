import { createApi, SERVER_DATA } from '$lib/api/client';
import type { PageLoad } from './$types';
import { allProjects } from './all';

export const load: PageLoad = ({ fetch, depends }) => {
	depends(SERVER_DATA);
	const api = createApi(fetch);
	return { projects: allProjects(api), rules: api.projectRules(), backups: api.backups() };
};
