/** 5-hour windows and the gaps between them as bars. */

import type { Block } from '$lib/api/types';
import { certaintyOf, singleColumns, type Columns } from '$lib/charts/columns';
import { blockKey } from './blocks';

export type BlockMetric = 'cost_usd' | 'total_tokens';

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
