import { createApi, SERVER_DATA } from '$lib/api/client';
import { choiceOf, questionOf } from '$lib/state/filter';
import type { PageLoad } from './$types';
import { TABS } from './by';

export const load: PageLoad = ({ fetch, url, depends }) => {
	depends(SERVER_DATA);
	const what = choiceOf(url, 'by', TABS);
	const api = createApi(fetch);
	const { filter } = questionOf(url);
	return { what, by: api.by(what, filter), drivers: api.drivers(filter) };
};
