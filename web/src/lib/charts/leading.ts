/** Where the points of a chart over time lead to. */

import { goto } from '$app/navigation';
import { daysOfStretch, timesOfStretch, type Stretch } from '$lib/state/buckets';
import type { Selection } from '$lib/state/filter';
import type { FilterState } from '$lib/state/filter.svelte';

interface Given extends Pick<Stretch, 'bucket' | 'shown'> {
	/** What else than its days differs from the filter of the page. */
	selection?: Partial<Selection>;
}

/** What a chart calls. */
export interface Leading {
	/** Shows the sessions of a point. */
	onselect: (chosen: { point: string }) => void;
	/** Has the page show the days of several points; of hours of a day, their sessions are shown. */
	onrange: (chosen: { from: string; to: string }) => void;
}

/** Returns where the points of a chart lead to. */
export function leading(
	filter: Pick<FilterState, 'href' | 'set' | 'zone'>,
	given: () => Given
): Leading {
	const stretch = (first: string, last: string): Stretch => {
		const { bucket, shown } = given();
		return { bucket, first, last, shown, zone: filter.zone };
	};
	const open = (of: Stretch) => {
		const { period, own } = timesOfStretch(of);
		void goto(filter.href('/sessions', { ...given().selection, period }, own));
	};
	return {
		onselect: ({ point }) => open(stretch(point, point)),
		onrange: ({ from, to }) => {
			const chosen = stretch(from, to);
			const period = daysOfStretch(chosen);
			if (chosen.bucket === 'hour' && period.from === period.to) open(chosen);
			else filter.set({ period });
		}
	};
}
