/** Whether the person wants to be notified in this browser, and which alerts of rules they were notified of. */

import { readStored, removeStored, store } from '$lib/state/stored';

let isWanted = $state(readStored('alerts') === 'on');

export const alerting = {
	get isWanted(): boolean {
		return isWanted;
	},

	set isWanted(wanted: boolean) {
		// What is raised until it is wanted again is on the page of alerts.
		if (!wanted) removeStored('alerts-seen');
		isWanted = wanted;
		store('alerts', wanted ? 'on' : 'off');
	},

	/** The ids of the alerts that were seen, the newest first; `null` before the first look. */
	get seen(): string[] | null {
		return readStored('alerts-seen')?.split(' ') ?? null;
	},

	set seen(ids: readonly string[]) {
		store('alerts-seen', ids.join(' '));
	}
};
