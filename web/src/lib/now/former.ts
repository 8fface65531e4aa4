/** The targets that earlier versions kept in the browser. */

import type { TargetsChange } from '$lib/api/types';
import { readStored, removeStored } from '$lib/state/stored';

const SPANS = ['block', 'day', 'month'] as const;

/** Returns the targets that this browser has, or `null` without any. */
export function formerTargets(): TargetsChange | null {
	let stored: unknown;
	try {
		stored = JSON.parse(readStored('targets') ?? 'null');
	} catch {
		return null;
	}
	if (typeof stored !== 'object' || stored === null) return null;
	const known = stored as Record<string, unknown>;
	const amounts = SPANS.flatMap((span): [string, number][] => {
		const amount = known[span];
		return typeof amount === 'number' && Number.isFinite(amount) && amount > 0
			? [[span, amount]]
			: [];
	});
	return amounts.length > 0 ? Object.fromEntries(amounts) : null;
}

/** Removes them from the browser. */
export function forgetFormerTargets() {
	removeStored('targets');
}
