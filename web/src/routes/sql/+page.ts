import { isRedacted } from '$lib/redact/redaction';
import { SERVER_PERSONAL } from '$lib/api/client';
import type { PageLoad } from './$types';
import { createSqlApi } from './api';

export const load: PageLoad = ({ fetch, depends }) => {
	depends(SERVER_PERSONAL);
	// Any cell can be a name: nothing is asked for while names are hidden.
	if (isRedacted()) return {};
	const api = createSqlApi(fetch);
	return { views: api.views(), queries: api.queries() };
};
