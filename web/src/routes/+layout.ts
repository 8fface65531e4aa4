import { createApi, SERVER_HEALTH } from '$lib/api/client';
import type { LayoutLoad } from './$types';

// Nothing renders this page but the browser: what is built is files.
export const ssr = false;
export const prerender = false;

export const load: LayoutLoad = ({ fetch, depends }) => {
	depends(SERVER_HEALTH);
	return { health: createApi(fetch).health() };
};
