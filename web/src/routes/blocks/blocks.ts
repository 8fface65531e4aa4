/** 5-hour windows and the gaps between them, in the forms that the page shows. */

import type { Block } from '$lib/api/types';
import { certaintyOf, singleColumns, type Columns } from '$lib/charts/columns';

/** How many windows and gaps are asked for at once. */
export const PAGE_SIZE = 100;

export type BlockMetric = 'cost_usd' | 'total_tokens';

/** Returns the identity of a window or gap: both may begin at the same moment. */
export function blockKey({ start_at, gap }: Block): string {
	return gap ? `gap ${start_at}` : start_at;
}

/** Returns windows and gaps as bars, the earliest first; a gap is a place without a bar. */
export function blockColumns(
	blocks: readonly Block[],
	metric: BlockMetric,
	label: string
): Columns & { blocks: readonly Block[] } {
	const earliestFirst = blocks.toReversed();
	const values = earliestFirst.map((block) => ({
		value: block.gap ? 0 : block[metric],
		certainty: block.gap ? ('exact' as const) : certaintyOf(block, metric)
	}));
	const whole = { value: null, certainty: 'unknown' as const };
	const columns = singleColumns(label, earliestFirst.map(blockKey), values, whole);
	const partial = new Set(earliestFirst.flatMap(({ active }, index) => (active ? [index] : [])));
	return { ...columns, partial, blocks: earliestFirst };
}

/** Returns how long there is until `moment`, in milliseconds; nothing once it is over. */
export function leftUntil(moment: string, now: number): number {
	return Math.max(0, Date.parse(moment) - now);
}

/** Returns how long `block` takes or took, in milliseconds. */
export function lengthOfBlock({ start_at, end_at }: Block): number {
	return Date.parse(end_at) - Date.parse(start_at);
}
