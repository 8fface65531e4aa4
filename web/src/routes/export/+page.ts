import { createApi, SERVER_DATA } from '$lib/api/client';
import { questionOf } from '$lib/state/filter';
import type { PageLoad } from './$types';
import { askRows, readExport } from './export';

export const load: PageLoad = ({ fetch, url, depends }) => {
	depends(SERVER_DATA);
	const { filter } = questionOf(url);
	const { dataset } = readExport(url);
	return { filter, rows: askRows(createApi(fetch), dataset, filter) };
};
