/** Alert rules, channels and deliveries in words. */

import type { AlertDelivery, AlertRule, ListedChannel } from '$lib/api/types';
import { counted } from '$lib/format/counted';
import type { Formatter } from '$lib/format/format';
import { printable } from '$lib/format/name';
import { m } from '$lib/paraglide/messages';
import { LANGUAGES, type LanguageName } from '$lib/state/language.svelte';

/** What a rule can watch. */
export const KIND_WORDS = {
	budget: () => m.alert_budget(),
	limit_used: () => m.alert_limit_used(),
	limit_reset: () => m.alert_limit_reset(),
	limit_reached: () => m.alert_limit_reached(),
	spend_rate: () => m.alert_spend_rate(),
	unusual_hour: () => m.alert_unusual_hour(),
	unusual_session: () => m.alert_unusual_session(),
	unpriced_model: () => m.alert_unpriced_model(),
	expiring_transcripts: () => m.alert_expiring_transcripts(),
	condition: () => m.alert_condition(),
	day_summary: () => m.alert_day_summary(),
	week_summary: () => m.alert_week_summary(),
	month_summary: () => m.alert_month_summary()
} as const satisfies Record<string, () => string>;

export type Kind = keyof typeof KIND_WORDS;

/** Returns the kind of what is watched; one that this page does not know yet is as it is called. */
export function kindWords(watches: string): string {
	return watches in KIND_WORDS ? KIND_WORDS[watches as Kind]() : watches;
}

/** Names of the rules that the server suggests, as it calls them. */
const SUGGESTED: Record<string, () => string> = {
	'budgets, soft level': () => m.alert_name_soft(),
	'budgets, hard level': () => m.alert_name_hard(),
	'limits at 90 %': () => m.alert_name_limits(),
	'limits reached before their reset': () => m.alert_name_reached(),
	'models without a price': () => m.alert_name_unpriced(),
	'transcripts that are not stored': () => m.alert_name_transcripts(),
	problems: () => m.alert_name_problems()
};

/** Returns a suggested rule with its name in the language of the page; one that this page does not know yet is as it is called. */
export const suggestedRule = (rule: AlertRule): AlertRule => ({
	...rule,
	name: SUGGESTED[rule.name]?.() ?? rule.name
});

/** Returns what a rule watches, from where on, and when it raises nothing. */
export function ruleWords(rule: AlertRule, format: Formatter): string[] {
	const { watches, budget, level, percent, minutes, usd_per_minute, quiet, cooldown_minutes } =
		rule;
	const words = [kindWords(watches)];
	if (watches === 'budget')
		words.push(
			budget === null ? m.alert_all_budgets() : m.alert_of_budget({ name: printable(budget) })
		);
	if (level) words.push(level === 'hard' ? m.budget_level_hard() : m.budget_level_soft());
	if (percent !== null) words.push(m.alert_from_percent({ percent }));
	if (minutes !== null) words.push(m.alert_within({ time: format.duration(minutes * 60_000) }));
	if (usd_per_minute !== null)
		words.push(m.alert_above_a_minute({ amount: format.price(usd_per_minute) }));
	if (quiet !== null) words.push(m.alert_quiet_from_to({ hours: quiet.replace('-', '–') }));
	if (cooldown_minutes > 0)
		words.push(m.alert_cooldown_of({ time: format.duration(cooldown_minutes * 60_000) }));
	return words;
}

/** Returns what is sent of an alert to a channel, and what the receiver answered. */
export function deliveryWords(of: AlertDelivery, format: Formatter): string {
	return format.sentences(stateWords(of, format), of.answer && format.aside(printable(of.answer)));
}

function stateWords(of: AlertDelivery, format: Formatter): string {
	const channel = printable(of.channel);
	const at = (time: string | null) => (time === null ? '' : format.moment(time));
	if (of.state === 'sent') return m.alert_sent({ channel, at: at(of.last_at) });
	if (of.state === 'pending') return m.alert_pending({ channel, at: at(of.next_at) });
	return m.alert_not_sent({ channel, attempts: counted(m.count_attempts, of.attempts, format) });
}

/** Kinds of channels whose names depend on the language, or differ from that in the config file. */
const CHANNEL_WORDS: Record<string, () => string> = {
	exec: () => m.channel_exec(),
	webhook: () => 'Webhook',
	slack: () => 'Slack',
	discord: () => 'Discord',
	gotify: () => 'Gotify',
	teams: () => 'Microsoft Teams',
	telegram: () => 'Telegram',
	feishu: () => m.channel_feishu(),
	dingtalk: () => m.channel_dingtalk(),
	wecom: () => m.channel_wecom(),
	pagerduty: () => 'PagerDuty',
	smtp: () => m.channel_smtp()
};

/** Returns the kind of a channel, the language of what it is sent, and what keeps it from sending. */
export function channelWords({ kind, language, problem }: ListedChannel): string {
	const words = [
		CHANNEL_WORDS[kind]?.() ?? kind,
		LANGUAGES[language as LanguageName]?.label ?? language
	];
	return [...words, ...(problem ? [printable(problem)] : [])].join(' · ');
}
