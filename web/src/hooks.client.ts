import { withRemembered } from '$lib/state/filter';
import type { ClientInit } from '@sveltejs/kit';

/** Fills up the address before the page begins: every filter is in it, so that links share them. */
export const init: ClientInit = () => {
	history.replaceState(history.state, '', withRemembered(new URL(location.href)));
};
