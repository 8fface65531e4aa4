/** Colour slots: which series wears which of the colours in tokens.css. */

import type { DailyStats } from '$lib/api/types';

/** The slot of everything that has none of its own. */
export const OTHER_SLOT = 8;

/** The slot of each series; whatever is missing is in {@link OTHER_SLOT}. */
export type Slots = ReadonlyMap<string, number>;

/** Returns the CSS colour of a slot. */
export function slotColour(slot: number): string {
	return `var(--series-${slot})`;
}

/** Returns every model of `daily`, in the order of its first day. */
export function modelsOf(daily: DailyStats): string[] {
	return [...new Set(daily.days.flatMap((day) => (day.models ?? []).map(({ model }) => model)))];
}
