/** The most urgent warning, for the title and the icon of the page. */

import type { Now } from '$lib/api/types';
import { levelOf, type Level } from '$lib/charts/meter';
import { m } from '$lib/paraglide/messages';
import { namedLimits } from './limits';
import { passedTargets } from './targets';

export interface Warning {
	level: Exclude<Level, 'calm'>;
	/** Stands before the title of the page. */
	sign: string;
}

/** Returns the title of a page in the browser, with the warning before it. */
export function titleOf(title: string, now: Now | null): string {
	return [warningOf(now)?.sign, `${title} · ${m.product()}`].filter(Boolean).join(' ');
}

/** Returns the warning, or `null` without one: the highest limit, else a target that is exceeded. */
export function warningOf(now: Now | null): Warning | null {
	if (!now) return null;
	const used = Math.max(
		0,
		...namedLimits(now.limits).map(({ limit }) => limit.used_percentage / 100)
	);
	const level = levelOf(used);
	if (level !== 'calm') return { level, sign: `(${Math.floor(used * 100)}%)` };
	return passedTargets(now).length > 0 ? { level: 'high', sign: '⚠' } : null;
}
