/** The most urgent warning, for the title and the icon of the page. */

import type { Now } from '$lib/api/types';
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

/** Returns the title of a page in the browser, with the warning before it. */
export function titleOf(title: string, now: Now | null): string {
	return [warningOf(now)?.sign, `${title} · ${m.product()}`].filter(Boolean).join(' ');
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
