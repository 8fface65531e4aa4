import { createApi, SERVER_HEALTH } from '$lib/api/client';
import { learnModels } from '$lib/charts/modelOrder.svelte';
import { prepared } from '$lib/redact/redaction';
import type { LayoutLoad } from './$types';

// Nothing renders this page but the browser: what is built is files.
export const ssr = false;
export const prerender = false;

export const load: LayoutLoad = async ({ fetch, depends }) => {
	depends(SERVER_HEALTH);
	await prepared;
	const health = createApi(fetch).health();
	void health.then((answer) => answer.ok && learnModels(answer.value.models));
	return { health };
};
