import { createApi } from '$lib/api/client';
import type { PageLoad } from './$types';
import { createLinksApi } from './api';

export const load: PageLoad = ({ fetch }) => {
	return { config: createApi(fetch).config(), links: createLinksApi(fetch).links() };
};
