/** The most urgent warning, for the title and the icon of the page. */

import type { Now } from '$lib/api/types';
import type { Formatter } from '$lib/format/format';
import { m } from '$lib/paraglide/messages';
import { levelOf, type Level } from './levels';

/** The spans that a target can be set for, shortest first. */
export const TARGET_SPANS = ['block', 'day', 'week', 'month'] as const;
export type TargetSpan = (typeof TARGET_SPANS)[number];

export interface Warning {
	level: Exclude<Level, 'calm'>;
	/** Stands before the title of the page. */
	sign: string;
}

/** Returns the spans whose target is exceeded. */
export function passedTargets(now: Pick<Now, TargetSpan | 'targets'>): TargetSpan[] {
	return TARGET_SPANS.filter((span) => {
		const target = now.targets[span];
		const cost = now[span]?.cost_usd ?? null;
		return target !== null && cost !== null && cost > target;
	});
}

/** Names of the spans. */
export const SPAN_NAMES: Record<TargetSpan, () => string> = {
	block: () => m.budget_per_block(),
	day: () => m.budget_per_day(),
	week: () => m.budget_per_week(),
	month: () => m.budget_per_month()
};

/** Returns the targets that are exceeded in words, and by how much. */
export function passedWords(
	now: Pick<Now, TargetSpan | 'targets'> | null,
	format: Formatter,
	spans: readonly TargetSpan[] = TARGET_SPANS
): string[] {
	if (!now) return [];
	return passedTargets(now)
		.filter((span) => spans.includes(span))
		.map((span) => {
			const { cost_usd, certainty } = now[span] ?? { cost_usd: null, certainty: 'unknown' };
			const over = (cost_usd ?? 0) - (now.targets[span] ?? 0);
			const value = m.budget_passed({ amount: format.amount(over, certainty) });
			return m.filter_is({ what: SPAN_NAMES[span](), value });
		});
}

/** Returns the title of a page in the browser, with the warning before it, and a target that is exceeded in words. */
export function titleOf(title: string, now: Now | null, format: Formatter): string {
	const words = [title, passedWords(now, format)[0], m.product()].filter(Boolean).join(' · ');
	return [warningOf(now)?.sign, words].filter(Boolean).join(' ');
}

/** Returns the warning, or `null` without one: the highest limit, else a target that is exceeded. */
export function warningOf(now: Now | null): Warning | null {
	if (!now) return null;
	const { five_hour = null, seven_day = null, others = [] } = now.limits ?? {};
	const known = [five_hour, seven_day, ...others].filter((limit) => limit !== null);
	const used = Math.max(0, ...known.map(({ used_percentage }) => used_percentage / 100));
	const level = levelOf(used);
	if (level !== 'calm') return { level, sign: `(${Math.floor(used * 100)}%)` };
	return passedTargets(now).length > 0 ? { level: 'high', sign: '⚠' } : null;
}
