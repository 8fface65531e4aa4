import type { Meta } from '$lib/api/types';
import type { Live } from '$lib/live/live.svelte';
import type { Kept } from './kept.svelte';

/**
 * Calls `ask` once for every announced version of the data that `shown` is not.
 *
 * While an answer is on its way nothing is asked: it may well be of that version, as it mostly is
 * when a page has just been opened. Must be called while a component is set up.
 */
export function askForAnnounced(
	live: Pick<Live, 'dataVersion'>,
	shown: Kept<{ meta: Meta }>,
	ask: () => void
) {
	let considered: number | null = null;
	$effect(() => {
		const announced = live.dataVersion;
		if (announced === null || announced === considered || shown.pending) return;
		considered = announced;
		if (shown.problem || shown.value?.meta.data_version !== announced) ask();
	});
}
