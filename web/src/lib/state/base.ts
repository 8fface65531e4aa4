/**
 * Where the server has the page: at the root of its origin, or below a base path like `/ctm`.
 *
 * A path of the page, like `/sessions`, does not contain it. What goes into an address goes
 * through here, and so does what comes out of one.
 */

import { resolve } from '$app/paths';

/** The base path, which every address begins with; empty at the root. */
const BASE = resolve('/').slice(0, -1);

/** Returns the address, from the root of the origin on, of what is at `path` for the page. */
export function inApp(path: string, base = BASE): string {
	return base + path;
}

/** Returns the path of the page in `pathname`, that of an address below the base path. */
export function withoutBase(pathname: string, base = BASE): string {
	return pathname.slice(base.length) || '/';
}
