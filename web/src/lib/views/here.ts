/** Saved views as addresses. */

import { withoutBase } from '$lib/state/base';
import { withRemembered } from '$lib/state/filter';
import { isFiltered } from '$lib/state/pages';

/** What belongs to the moment, and not to the view. */
const PASSING = ['why'];

/** Returns the path of the page at `url` with its complete filter, relative to the base path. */
export function pathOfView(url: URL): string {
	const path = withoutBase(url.pathname);
	const { searchParams, search } = isFiltered(path) ? withRemembered(url) : new URL(url);
	if (!PASSING.some((name) => searchParams.has(name))) return path + search;
	for (const name of PASSING) searchParams.delete(name);
	const query = searchParams.toString();
	return query === '' ? path : `${path}?${query}`;
}
