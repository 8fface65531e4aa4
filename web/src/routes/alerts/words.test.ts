import { expect, test } from 'vitest';
import type { AlertRule } from '$lib/api/types';
import { Formatter } from '$lib/format/format';
import { overwriteGetLocale } from '$lib/paraglide/runtime';
import { channelWords, deliveryWords, kindWords, ruleWords, suggestedRule } from './words';

const format = new Formatter('en', 'UTC');

const rule = (changes: Partial<AlertRule>): AlertRule => ({
	id: '1',
	name: 'all',
	watches: 'condition',
	budget: null,
	level: null,
	percent: null,
	minutes: null,
	usd_per_minute: null,
	quiet: null,
	cooldown_minutes: 0,
	created_by: null,
	created_at: '2026-03-02T10:00:00.000Z',
	...changes
});

/** Checks the words of a rule behind those of its kind. */
function check(changes: Partial<AlertRule>, expected: string[]) {
	expect(ruleWords(rule(changes), format).slice(1)).toEqual(expected);
}

test('a rule says from where on it raises an alert', () => {
	check({ watches: 'budget', level: 'hard' }, ['all budgets', 'Hard level']);
	check({ watches: 'budget', level: 'soft', budget: 'team' }, ['budget team', 'Soft level']);
	check({ watches: 'limit_used', percent: 90 }, ['from 90% on']);
	check({ watches: 'limit_reset', minutes: 90 }, ['within 1h 30m']);
	check({ watches: 'spend_rate', usd_per_minute: 0.5 }, ['above $0.50 a minute']);
	check({ quiet: '22:00-07:00', cooldown_minutes: 30 }, ['quiet 22:00–07:00', 'cooldown 30m']);
});

test('a suggested rule has a name in the language of the page', () => {
	const nameOf = (name: string) => suggestedRule(rule({ name })).name;
	expect(nameOf('limits at 90 %')).toBe('limits at 90 %');
	expect(nameOf('a newer one')).toBe('a newer one');
	overwriteGetLocale(() => 'zh');
	expect(nameOf('limits at 90 %')).toBe('限额已用 90%');
	overwriteGetLocale(() => 'en');
});

test('a kind that is not known is as it is called', () =>
	expect([kindWords('budget'), kindWords('new_kind')]).toEqual(['Level of budgets', 'new_kind']));

test('a delivery says when it is sent, or what the receiver answered', () => {
	const delivery = {
		channel: 'chat',
		attempts: 3,
		last_at: '2026-03-02T10:00:00.000Z',
		next_at: null,
		answer: ''
	};
	const words = (changes: object) => deliveryWords({ ...delivery, ...changes } as never, format);
	expect(words({ state: 'sent', answer: 'ntfy answers 200' })).toBe(
		'chat: sent Mar 2, 2026, 10:00 (ntfy answers 200)'
	);
	expect(words({ state: 'failed', answer: 'status 500' })).toContain('chat: not sent, 3 attempts');
	expect(words({ state: 'failed', answer: 'status 500' })).toContain('status 500');
	const next_at = '2026-03-02T10:05:00.000Z';
	expect(words({ state: 'pending', next_at })).toContain('chat: next attempt Mar 2, 2026, 10:05');
});

test('a channel says its kind, its language and what keeps it from sending', () => {
	const words = (kind: string, problem: string | null = null) =>
		channelWords({ name: 'a', kind, language: 'zh', problem });
	expect(words('exec')).toBe('Command · 简体中文');
	expect(words('teams')).toBe('Microsoft Teams · 简体中文');
	expect(words('ntfy', 'no token\u202e')).toBe('ntfy · 简体中文 · no token\\u{202e}');
});
