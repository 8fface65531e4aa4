import { SERVER_PERSONAL } from '$lib/api/client';
import type { PageLoad } from './$types';
import { createAlertsApi } from './api';

export const load: PageLoad = ({ fetch, depends }) => {
	depends(SERVER_PERSONAL);
	const api = createAlertsApi(fetch);
	return { rules: api.rules(), channels: api.channels(), alerts: api.alerts() };
};
