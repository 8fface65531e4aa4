/** Whether the person wants to be notified of limits and budgets in this browser. */

import { readStored, store } from '$lib/state/stored';

let isWanted = $state(readStored('alerts') === 'on');

export const alerting = {
	get isWanted(): boolean {
		return isWanted;
	},

	set isWanted(wanted: boolean) {
		isWanted = wanted;
		store('alerts', wanted ? 'on' : 'off');
	}
};
