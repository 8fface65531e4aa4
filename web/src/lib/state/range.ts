/** The days that a page shows: the URL says which, else the last choice, else thirty days. */

import type { Range } from '$lib/api/types';

/** Every range, the shortest first. */
export const RANGES: readonly Range[] = ['today', '7d', '30d', '90d', 'all'];

const DEFAULT: Range = '30d';

function toRange(text: string | null): Range | null {
	return RANGES.find((range) => range === text) ?? null;
}

/** Returns the range that `url` asks for, else the `stored` one, else the default. */
export function chooseRange(url: URL, stored: string | null): Range {
	return toRange(url.searchParams.get('range')) ?? toRange(stored) ?? DEFAULT;
}

/** Returns the query that asks for `range` and leaves the rest of `url` as it is. */
export function rangeQuery(url: URL, range: Range): string {
	const query = new URLSearchParams(url.search);
	query.set('range', range);
	return `?${query}`;
}
