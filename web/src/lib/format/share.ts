import type { Usage } from '$lib/api/types';

/** Returns which share of `whole` `part` is, 0..1, or `null` of nothing. */
export function shareOf(part: number, whole: number): number | null {
	return whole > 0 ? part / whole : null;
}

/** Returns the same, and `null` where one of them is unknown. */
export function partOf(part: number | null, whole: number | null): number | null {
	return part === null || whole === null ? null : shareOf(part, whole);
}

/** Returns the share of subagents in the cost, 0..1, or `null` where it is unknown. */
export function costShareOfSubagents(
	of: Pick<Usage, 'cost_usd' | 'subagent_cost_usd'>
): number | null {
	return partOf(of.subagent_cost_usd, of.cost_usd);
}
