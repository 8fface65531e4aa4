import { createApi, SERVER_BLOCKS, SERVER_DATA, SERVER_LIMITS } from '$lib/api/client';
import { questionOf } from '$lib/state/filter';
import type { PageLoad } from './$types';
import { PAGE_SIZE } from './blocks';

export const load: PageLoad = ({ fetch, url, depends }) => {
	depends(SERVER_DATA);
	depends(SERVER_BLOCKS);
	depends(SERVER_LIMITS);
	const api = createApi(fetch);
	const { filter } = questionOf(url);
	return {
		filter,
		blocks: api.blocks({ ...filter, limit: PAGE_SIZE }),
		limits: api.limits({ tz: filter.tz, home: filter.home }),
		calibration: api.calibration({ tz: filter.tz, home: filter.home }),
		week: api.daily({ ...filter, from: undefined, to: undefined, range: '7d' })
	};
};
