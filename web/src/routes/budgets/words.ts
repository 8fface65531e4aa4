/** Budgets in words. */

import type { Budget, BudgetReach, BudgetStatus, BudgetUse } from '$lib/api/types';
import { countedShort } from '$lib/format/counted';
import { bounded, UNKNOWN, type Formatter } from '$lib/format/format';
import { printable } from '$lib/format/name';
import { SPAN_NAMES, type TargetSpan } from '$lib/now/warning';
import { m } from '$lib/paraglide/messages';

const DAY_MS = 86_400_000;

export const LEVEL_WORDS: Record<BudgetUse['level'], () => string> = {
	unknown: () => m.budget_level_unknown(),
	fine: () => m.budget_level_fine(),
	soft: () => m.budget_level_soft(),
	hard: () => m.budget_level_hard()
};

/** Returns an amount in the unit of a budget. */
export function amountOf(unit: Budget['unit'], amount: number | null, format: Formatter): string {
	if (amount === null) return UNKNOWN;
	return unit === 'usd' ? format.price(amount) : countedShort(m.count_tokens, amount, format);
}

/** Returns the period of a budget. */
export function periodOf(per: string): string {
	const days = /^(\d+)d$/.exec(per)?.[1];
	return days ? m.budget_in_days({ days }) : SPAN_NAMES[per as TargetSpan]();
}

/** Returns the usage that counts towards a budget. */
export function scopeOf({ scope, scope_name }: Budget): string {
	const value = printable(scope_name ?? '');
	if (scope === 'project') return m.filter_is({ what: m.project(), value });
	if (scope === 'model') return m.filter_is({ what: m.model(), value });
	if (scope === 'home') return m.filter_is({ what: m.audit_home(), value });
	return m.links_everything();
}

/** Returns the used part of the amount. */
export function partOf(used: BudgetUse, format: Formatter): string {
	return bounded(format.percent(used.used_ratio), used.certainty);
}

/** Returns what is used of a budget, what is left, and how that is to its pace. */
export function statusWords(of: BudgetStatus, format: Formatter): string[] {
	const amount = (value: number | null) => amountOf(of.unit, value, format);
	const used = bounded(amount(of.used), of.certainty);
	const words: string[] = [
		m.budget_used({ used, amount: amount(of.limit), share: partOf(of, format) })
	];
	if (of.used === null || of.left === null) return words;
	if (of.left < 0) words.push(m.budget_passed({ amount: bounded(amount(-of.left), of.certainty) }));
	else words.push(leftWords(of, of.left, amount));
	if (of.elapsed === null) return words;
	const pace = of.limit * of.elapsed;
	const difference = { amount: amount(Math.abs(of.used - pace)), pace: amount(pace) };
	// What is below the pace may be at it, if only a part of the cost is known.
	if (of.used < pace && of.certainty === 'at_least')
		words.push(m.budget_pace({ pace: amount(pace) }));
	else if (of.used < pace) words.push(m.budget_below_pace(difference));
	else words.push(m.budget_above_pace(difference));
	if (of.reached) words.push(reachWords(of.reached, format));
	return words;
}

/** Returns when a budget is reached at the pace of the forecast. */
function reachWords({ days, earliest_days, latest_days }: BudgetReach, format: Formatter): string {
	const time = (days: number) => format.duration(days * DAY_MS);
	if (days !== null && earliest_days !== null) {
		const between = { time: time(days), earliest: time(earliest_days) };
		if (latest_days === null) return m.budget_reached_or_later(between);
		return m.budget_reached_between({ ...between, latest: time(latest_days) });
	}
	if (earliest_days === null) return m.budget_not_reached();
	return m.budget_not_reached_before({ time: time(earliest_days) });
}

/** Returns who stored a budget and when, or that it is in the config file. */
export function originOf({ source, created_by, created_at }: Budget, format: Formatter): string {
	if (source === 'config_file' || created_at === null) return m.budget_config();
	const at = format.moment(created_at);
	return created_by ? m.budget_added_by({ by: printable(created_by), at }) : m.budget_added({ at });
}

/** Returns what is left: at most that, where more may be used. */
function leftWords(
	{ certainty, left_per_day }: BudgetUse,
	left: number,
	amount: (value: number | null) => string
): string {
	const words = `${certainty === 'at_least' ? '≤\u00a0' : ''}${amount(left)}`;
	if (left_per_day === null) return m.budget_left({ amount: words });
	return m.budget_left_per_day({ amount: words, per_day: amount(left_per_day) });
}
