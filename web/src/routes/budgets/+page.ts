import { SERVER_DATA, SERVER_PERSONAL } from '$lib/api/client';
import { questionOf } from '$lib/state/filter';
import type { PageLoad } from './$types';
import { createBudgetsApi } from './api';

export const load: PageLoad = ({ fetch, url, depends }) => {
	depends(SERVER_DATA);
	depends(SERVER_PERSONAL);
	const { tz, week_start } = questionOf(url).filter;
	const calendar = { tz, week_start };
	return { calendar, budgets: createBudgetsApi(fetch).budgets(calendar) };
};
