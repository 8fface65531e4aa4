/** The estimated 5-hour window in words. */

import type { Block } from '$lib/api/types';
import { bounded, type Formatter } from '$lib/format/format';
import { m } from '$lib/paraglide/messages';

/** Returns what the active window has used so far, where that leads to, and how it stands against its target. */
export function windowWords(block: Block, target: number | null, format: Formatter): string[] {
	const { cost_usd, projected_cost_usd, certainty, end_at } = block;
	const known = target !== null && cost_usd !== null ? { target, cost: cost_usd } : null;
	return [
		m.overview_block_so_far({ cost: format.cost(block) }),
		projected_cost_usd === null
			? ''
			: m.blocks_on_this_pace({
					cost: format.amount(projected_cost_usd, certainty),
					time: format.clock(end_at)
				}),
		known
			? m.budget_share({
					share: bounded(format.percent(known.cost / known.target), certainty),
					amount: format.price(known.target)
				})
			: '',
		known && known.cost > known.target
			? m.budget_passed({ amount: format.amount(known.cost - known.target, certainty) })
			: ''
	].filter(Boolean);
}

/** Returns the window while it is open at `now`, in epoch milliseconds. */
export function openWindow(block: Block | null, now: number): Block | null {
	return block && Date.parse(block.end_at) > now ? block : null;
}
