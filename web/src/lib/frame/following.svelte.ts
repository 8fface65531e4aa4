/** How the page follows its server; to be called while the frame of the page is set up. */

import { untrack } from 'svelte';
import { UNREACHABLE } from '$lib/api/client';
import type { Live } from '$lib/live/live.svelte';
import type { App } from '$lib/state/app';
import { followAnnounced } from '$lib/state/follow.svelte';
import { isPreparing } from '$lib/state/situation';

/** How often to ask how far a server is that still prepares, in milliseconds. */
const PREPARING_EVERY_MS = 1000;

/** How often to ask whether a server that was away is back, in milliseconds. */
const AWAY_EVERY_MS = 5000;

/** How often to ask how any other server is, in milliseconds: not every change is announced. */
const HEALTH_EVERY_MS = 30_000;

/** How often to ask for the present state, in milliseconds: sessions end and time passes without a notice. */
const NOW_EVERY_MS = 60_000;

type Followed<Part extends keyof App> = Pick<App, Part> & { live: Live };

/** Asks how the server is: regularly, when that may have changed, and often while it prepares or is away. */
export function followHealth({
	live,
	health,
	checkHealth,
	refresh
}: Followed<'health' | 'checkHealth' | 'refresh'>) {
	$effect(() => every(HEALTH_EVERY_MS, checkHealth));
	$effect(() => live.listen('health'));
	$effect(() => {
		if (live.health > 0) untrack(checkHealth);
	});

	const preparing = $derived(health.value !== null && isPreparing(health.value));
	$effect(() => {
		if (!preparing) return;
		const stop = every(PREPARING_EVERY_MS, checkHealth);
		const leave = live.listen('ingest');
		return () => {
			stop();
			leave();
		};
	});

	let wasLost = false;
	$effect(() => {
		if (live.phase === 'live' && wasLost) untrack(checkHealth);
		wasLost = live.phase !== 'live' && untrack(() => live.heardAt !== null);
	});

	const away = $derived(health.problem?.status === UNREACHABLE);
	$effect(() => {
		if (!away) return;
		const stop = every(AWAY_EVERY_MS, checkHealth);
		return () => {
			stop();
			// What could not be asked for meanwhile.
			refresh();
		};
	});

	$effect(() => {
		// Nothing that another run of the server has is known yet.
		if (live.announced?.isOther) untrack(refresh);
	});
}

/** Asks for the present state: when the server announces a change of it, and regularly. */
export function followPresent({
	live,
	filter,
	now,
	askNow
}: Followed<'filter' | 'now' | 'askNow'>) {
	$effect(() => live.listen('limits'));
	$effect(() => live.listen('personal'));

	/** What it depends on, besides the data. */
	const of = $derived([filter.zone, filter.selection.weekStart, live.limits, live.personal]);
	$effect(() => {
		void of;
		untrack(askNow);
	});
	followAnnounced(live, now, () => true, askNow);

	$effect(() =>
		every(NOW_EVERY_MS, () => {
			if (!live.paused) askNow();
		})
	);
}

/** Calls `run` every so many milliseconds, until the function that it returns is called. */
function every(ms: number, run: () => void): () => void {
	const timer = setInterval(run, ms);
	return () => clearInterval(timer);
}
