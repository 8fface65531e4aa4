import { createApi, SERVER_HEALTH } from '$lib/api/client';
import { prepared } from '$lib/redact/redaction';
import type { LayoutLoad } from './$types';

// Nothing renders this page but the browser: what is built is files.
export const ssr = false;
export const prerender = false;

export const load: LayoutLoad = async ({ fetch, depends }) => {
	depends(SERVER_HEALTH);
	await prepared;
	return { health: createApi(fetch).health() };
};
