/** Notifications of the browser; loaded only where the person wants them. */

import type { Now } from '$lib/api/types';
import type { Formatter } from '$lib/format/format';
import { inApp } from '$lib/state/base';
import { alertsOf, risen, type Alert } from './alerts';

/** The alerts of the state before; `null` at first, because what is so when a page opens is on it. */
let known: Alert[] | null = null;

/** Notifies the person of what has become urgent since the last call. */
export function notifyOf(now: Now, format: Formatter) {
	const alerts = alertsOf(now, format, Date.now());
	const before = known;
	known = alerts;
	for (const alert of before ? risen(before, alerts) : []) notify(alert);
}

/** Shows a notification; one of the same key takes the place of an earlier one, also of another tab. */
export function notify({ key, rank, title, body }: Alert) {
	const icon = inApp(rank === 2 ? '/favicon-critical.svg' : '/favicon-high.svg');
	try {
		const shown = new Notification(title, { body, icon, tag: `ctm ${key}` });
		shown.onclick = () => focus();
	} catch {
		// Some phones only have those of a service worker.
	}
}
