/** 5-hour windows and the gaps between them. */

import type { Block } from '$lib/api/types';

/** How many windows and gaps are asked for at once. */
export const PAGE_SIZE = 100;

/** Returns the identity of a window or gap: both may begin at the same moment. */
export function blockKey({ start_at, gap }: Block): string {
	return gap ? `gap ${start_at}` : start_at;
}

/** Returns how long there is until `moment`, in milliseconds; nothing once it is over. */
export function leftUntil(moment: string, now: number): number {
	return Math.max(0, Date.parse(moment) - now);
}

/** Returns how long `block` takes or took, in milliseconds. */
export function lengthOfBlock({ start_at, end_at }: Block): number {
	return Date.parse(end_at) - Date.parse(start_at);
}
