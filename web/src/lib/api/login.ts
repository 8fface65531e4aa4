/** The page that asks for the token; the server draws it, so that it works before this page does. */

import { inApp } from '$lib/state/base';

/** Returns the address of the login that leads back to `here` afterwards. */
export function loginAddress(here: Pick<Location, 'pathname' | 'search'>): string {
	return `${inApp('/login')}?next=${encodeURIComponent(here.pathname + here.search)}`;
}

/** Leaves for the login. */
export function goToLogin() {
	location.assign(loginAddress(location));
}
