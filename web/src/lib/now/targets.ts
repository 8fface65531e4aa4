/** Targets against what is used of them. */

import type { Costing, Formatter } from '$lib/format/format';
import { m } from '$lib/paraglide/messages';

/** Differences to the pace below this part of the target are none. */
const ON_PACE = 0.005;

/** Returns how a cost stands against a target, and against the pace that would just reach it. */
export function paceWords(
	{ cost_usd, certainty }: Costing,
	target: number,
	elapsed: number,
	format: Formatter
): string {
	const cost = cost_usd ?? 0;
	if (cost > target) return m.budget_passed({ amount: format.amount(cost - target, certainty) });
	const pace = target * elapsed;
	const difference = cost - pace;
	// What is below the pace may be at it, if only a part of the cost is known.
	if (difference <= 0 && certainty !== 'exact') return m.budget_pace({ pace: format.price(pace) });
	if (Math.abs(difference) < target * ON_PACE) return m.budget_on_pace();
	const amount = format.amount(Math.abs(difference), certainty);
	const words = { amount, pace: format.price(pace) };
	return difference > 0 ? m.budget_above_pace(words) : m.budget_below_pace(words);
}
