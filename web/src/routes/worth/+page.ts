import { createApi, SERVER_DATA } from '$lib/api/client';
import { questionOf } from '$lib/state/filter';
import type { PageLoad } from './$types';

export const load: PageLoad = ({ fetch, url, depends }) => {
	depends(SERVER_DATA);
	return { worth: createApi(fetch).worth(questionOf(url).filter) };
};
