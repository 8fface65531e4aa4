/** Targets against what is used of them. */

import type { Targets } from '$lib/api/types';
import type { Costing, Formatter } from '$lib/format/format';
import { m } from '$lib/paraglide/messages';
import { SPAN_NAMES, TARGET_SPANS, type TargetSpan } from './warning';

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
	if (cost > target) return m.target_passed({ amount: format.amount(cost - target, certainty) });
	const pace = target * elapsed;
	const difference = cost - pace;
	// What is below the pace may be at it, if only a part of the cost is known.
	if (difference <= 0 && certainty !== 'exact') return m.target_pace({ pace: format.price(pace) });
	if (Math.abs(difference) < target * ON_PACE) return m.target_on_pace();
	const amount = format.amount(Math.abs(difference), certainty);
	const words = { amount, pace: format.price(pace) };
	return difference > 0 ? m.target_above_pace(words) : m.target_below_pace(words);
}

/** Returns the target of the points of a chart of costs, if one is set and all usage is shown. */
export function targetOf(
	targets: Targets | undefined,
	span: string,
	narrowed: boolean,
	format: Formatter
): { value: number; label: string; words: string } | null {
	if (narrowed || !targets || !isSpan(span)) return null;
	const value = targets[span];
	if (value === null) return null;
	return {
		value,
		label: m.target_label(),
		words: m.target_line({ span: SPAN_NAMES[span]().toLowerCase(), amount: format.price(value) })
	};
}

const isSpan = (text: string): text is TargetSpan => TARGET_SPANS.some((span) => span === text);
