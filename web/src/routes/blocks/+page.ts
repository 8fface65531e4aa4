import { createApi, SERVER_BLOCKS, SERVER_DATA, SERVER_LIMITS, type Result } from '$lib/api/client';
import type { LimitCalibrations, Limits } from '$lib/api/types';
import { questionOf } from '$lib/state/filter';
import type { PageLoad } from './$types';
import { createBlocksApi } from './api';
import { PAGE_SIZE } from './blocks';

export const load: PageLoad = ({ fetch, url, depends }) => {
	depends(SERVER_DATA);
	depends(SERVER_BLOCKS);
	depends(SERVER_LIMITS);
	const api = createApi(fetch);
	const own = createBlocksApi(fetch);
	const { filter } = questionOf(url);
	const account = { tz: filter.tz, home: filter.home };
	const limits = api.limits(account);
	return {
		filter,
		blocks: own.blocks({ ...filter, limit: PAGE_SIZE }),
		limits,
		calibration: calibrated(own, limits, account),
		week: api.daily({ ...filter, from: undefined, to: undefined, range: '7d' })
	};
};

/** Asks what one percent of the limits buys, if any were reported: it is derived from all usage of three months. */
async function calibrated(
	api: ReturnType<typeof createBlocksApi>,
	limits: Promise<Result<Limits>>,
	account: Parameters<typeof api.calibration>[0]
): Promise<Result<LimitCalibrations | null>> {
	const known = await limits;
	const isAny = known.ok && known.value.samples.length > 0;
	return isAny ? api.calibration(account) : { ok: true, value: null };
}
