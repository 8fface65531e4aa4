/** How what is shown follows what the server announces; to be called while a component is set up. */

import { SERVER_BLOCKS, SERVER_DATA, SERVER_LIMITS, SERVER_PERSONAL } from '$lib/api/client';
import type { Meta } from '$lib/api/types';
import { touches, type Changes } from '$lib/live/changes';
import { useApp, type App } from './app';
import type { Kept } from './kept.svelte';
import { reload } from './reload';

export interface FollowOptions {
	/** Returns whether something shown was touched; by default what the filter includes. */
	touched?: (changes: Changes | null) => boolean;
	/** Asks again; by default for all that depends on the data of the server. */
	ask?: () => void;
}

/**
 * Asks again once for every announced version of the data that `shown` is not, if that touched
 * something shown. A version of another run of the server is never the one that is shown.
 *
 * While an answer is on its way nothing is asked: it may well be of that version, as it mostly is
 * when a page has just been opened.
 */
export function followData(shown: Kept<{ meta: Meta }>, options: FollowOptions = {}) {
	const { live, filter } = useApp();
	const {
		touched = (changes) => touches(changes, filter.selection),
		ask = () => void reload(SERVER_DATA)
	} = options;
	followAnnounced(live, shown, touched, ask);
}

/** As {@link followData}, of what is given. */
export function followAnnounced(
	live: Pick<App['live'], 'announced'>,
	shown: Kept<{ meta: Meta }>,
	touched: (changes: Changes | null) => boolean,
	ask: () => void
) {
	let considered: App['live']['announced'] = null;
	$effect(() => {
		const { announced } = live;
		if (!announced || announced === considered || shown.pending) return;
		considered = announced;
		const isSame = !announced.isOther && shown.value?.meta.data_version === announced.version;
		const isShown = !shown.problem && isSame;
		if (!isShown && (shown.problem || touched(announced.changes))) ask();
	});
}

const DEPENDENCIES = { blocks: SERVER_BLOCKS, limits: SERVER_LIMITS, personal: SERVER_PERSONAL };

/** Asks again for what depends on 5-hour windows, official limits or records of the person whenever those change. */
export function followTopic(topic: keyof typeof DEPENDENCIES) {
	const { live } = useApp();
	let seen = live[topic];
	$effect(() => live.listen(topic));
	$effect(() => {
		if (live[topic] === seen) return;
		seen = live[topic];
		void reload(DEPENDENCIES[topic]);
	});
}
