import { createApi } from '$lib/api/client';
import type { PageLoad } from './$types';

export const load: PageLoad = ({ fetch }) => {
	const api = createApi(fetch);
	return { config: api.config(), links: api.links() };
};
