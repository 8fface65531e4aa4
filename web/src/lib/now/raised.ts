/** Alerts that rules raise, as notifications of the browser; loaded only where the person wants them. */

import { connect } from '$lib/api/client';
import type { Alert } from '$lib/api/types';
import { printable } from '$lib/format/name';
import { m } from '$lib/paraglide/messages';
import type { LanguageName } from '$lib/state/language.svelte';
import { alerting } from './alerting.svelte';
import { notify } from './notify';

/** Most notifications at once; the page of alerts has all. */
const MOST = 5;

/** Most ids that are remembered: the server keeps fewer alerts. */
const REMEMBERED = 400;

/** Notifies the person of alerts that were raised since the last call, which an earlier page may have made. */
export async function notifyOfRaised(language: LanguageName) {
	const { client, settle } = connect(fetch);
	const result = await settle(client.GET('/api/v1/alerts'));
	if (!result.ok) return;
	for (const { id, is_test, [language]: text } of unseen(result.value.items)) {
		const title = printable(text.title);
		notify({
			key: id,
			rank: 1,
			title: is_test ? m.alert_test_of({ title }) : title,
			body: printable(text.text)
		});
	}
}

/** Returns the alerts that are new, the oldest first, and remembers them; at the first look none is. */
function unseen(items: readonly Alert[]): Alert[] {
	const { seen } = alerting;
	const known = new Set(seen);
	// An answer that was overtaken by a newer one forgets nothing.
	const ids = new Set([...items.map(({ id }) => id), ...known]);
	alerting.seen = [...ids].slice(0, REMEMBERED);
	if (seen === null) return [];
	return items
		.filter(({ id }) => !known.has(id))
		.slice(0, MOST)
		.reverse();
}
