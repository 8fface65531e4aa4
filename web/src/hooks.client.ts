import { withRemembered } from '$lib/state/filter';
import type { ClientInit, HandleClientError } from '@sveltejs/kit';

/** Fills up the address before the page begins: every filter is in it, so that links share them. */
export const init: ClientInit = () => {
	history.replaceState(history.state, '', withRemembered(new URL(location.href)));
};

/** Logs an error of a page. That an address has no page is shown, and no fault of the app. */
export const handleError: HandleClientError = ({ error, status }) => {
	if (status !== 404) console.error(error);
};
