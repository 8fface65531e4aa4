import { createApi } from '$lib/api/client';
import type { PageLoad } from './$types';

export const load: PageLoad = ({ fetch }) => ({ document: createApi(fetch).openapi() });
