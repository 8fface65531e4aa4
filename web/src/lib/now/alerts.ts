/** What a person is notified of: limits that are nearly used up, and exceeded budgets. */

import type { Now } from '$lib/api/types';
import type { Formatter } from '$lib/format/format';
import { m } from '$lib/paraglide/messages';
import { limitRows } from './limits';
import { passedTargets, passedWords } from './warning';

export interface Alert {
	/** What it is about. */
	key: string;
	/** How urgent it is: an alert is sent again only when this rises. */
	rank: 1 | 2;
	title: string;
	body: string;
}

/** Returns what there is to be alerted of at `at`, in epoch milliseconds. */
export function alertsOf(now: Now, format: Formatter, at: number): Alert[] {
	const limits = limitRows(now.limits, format, at).flatMap(
		({ key, name, used, level, warning, notes, end }): Alert[] => {
			if (level === 'calm') return [];
			const title = m.filter_is({ what: name, value: format.percent(used) });
			// The next window of the same limit is another thing to be alerted of.
			const of = { key: `${key} ${end}`, rank: level === 'critical' ? 2 : 1 } as const;
			return [{ ...of, title, body: [warning, ...notes].join(' · ') }];
		}
	);
	const budgets = passedTargets(now).map((span): Alert => {
		const [title = ''] = passedWords(now, format, [span]);
		return { key: span, rank: 2, title, body: m.now() };
	});
	return [...limits, ...budgets];
}

/** Returns those of `alerts` that are new, or more urgent than `before`. */
export function risen(before: readonly Alert[], alerts: readonly Alert[]): Alert[] {
	const ranks = new Map(before.map(({ key, rank }) => [key, rank]));
	return alerts.filter(({ key, rank }) => rank > (ranks.get(key) ?? 0));
}
