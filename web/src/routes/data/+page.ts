import { SERVER_DATA } from '$lib/api/client';
import type { PageLoad } from './$types';
import { allProjects } from './all';
import { createDataApi } from './api';

export const load: PageLoad = ({ fetch, depends }) => {
	depends(SERVER_DATA);
	const api = createDataApi(fetch);
	return {
		projects: allProjects(api),
		rules: api.projectRules(),
		machines: api.machines(),
		team: api.team(),
		seals: api.seals(),
		backups: api.backups()
	};
};
