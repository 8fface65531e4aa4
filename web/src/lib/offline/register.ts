/** The service worker of the built page, with which it opens without its server. */

import { dev } from '$app/environment';
import { inApp } from '$lib/state/base';

/** Registers the service worker, in browsers that have them for this address. */
export async function registerServiceWorker() {
	if (dev || !('serviceWorker' in navigator)) return;
	try {
		await navigator.serviceWorker.register(inApp('/service-worker.js'), { scope: inApp('/') });
	} catch {
		// Storage may be forbidden, and the login may have expired: the page works without it.
	}
}
