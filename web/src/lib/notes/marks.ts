/** Notes and markers at the points of a chart. */

import type { Marker, Markers, Note } from '$lib/api/types';
import type { Days } from '$lib/state/period';

/** What a point of a chart is marked with. */
export interface Marks {
	notes: readonly Note[];
	markers: readonly Marker[];
}

/**
 * Returns the marks of each point, or `null` where there are none. `days` are those that the points
 * stand for; of several points of the same day, the first has its marks.
 */
export function marksOf(
	{ notes, markers }: Pick<Markers, 'notes' | 'markers'>,
	days: readonly Days[]
): (Marks | null)[] {
	return days.map(({ from, to }, index) => {
		if (days[index - 1]?.from === from) return null;
		const within = ({ date }: { date: string }) => date >= from && date <= to;
		const marks = { notes: notes.filter(within), markers: markers.filter(within) };
		return marks.notes.length + marks.markers.length > 0 ? marks : null;
	});
}
