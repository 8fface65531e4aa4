/** Columns for tests of charts. */

import type { Columns } from '$lib/charts/columns';

/** Columns without any point. */
export const NO_COLUMNS: Columns = {
	points: [],
	series: [],
	totals: [],
	least: new Set(),
	total: null,
	certainty: 'unknown'
};
