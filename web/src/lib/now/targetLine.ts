/** The target of a chart as a line in it. */

import type { Targets } from '$lib/api/types';
import type { Formatter } from '$lib/format/format';
import { m } from '$lib/paraglide/messages';
import { SPAN_NAMES, TARGET_SPANS, type TargetSpan } from './warning';

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
		label: m.budget_label(),
		words: m.budget_line({ span: SPAN_NAMES[span]().toLowerCase(), amount: format.price(value) })
	};
}

const isSpan = (text: string): text is TargetSpan => TARGET_SPANS.some((span) => span === text);
