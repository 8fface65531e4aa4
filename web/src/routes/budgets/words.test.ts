import { expect, test } from 'vitest';
import type { BudgetStatus } from '$lib/api/types';
import { Formatter } from '$lib/format/format';
import { originOf, periodOf, scopeOf, statusWords } from './words';

const format = new Formatter('en', 'UTC');

const budget = (changes: Partial<BudgetStatus>): BudgetStatus => ({
	id: '1',
	name: 'all',
	source: 'stored',
	unit: 'usd',
	limit: 200,
	per: 'month',
	scope: 'everything',
	scope_name: null,
	soft_percent: 80,
	hard_percent: 100,
	created_by: null,
	created_at: '2026-03-02T10:00:00.000Z',
	period_from: '2026-03-01',
	period_to: '2026-03-31',
	used: 80,
	certainty: 'exact',
	used_ratio: 0.4,
	level: 'fine',
	elapsed: 0.5,
	left: 120,
	left_per_day: 7.5,
	reached: null,
	...changes
});

test('a budget says what is used, what is left and how far its pace is', () => {
	expect(statusWords(budget({}), format)).toEqual([
		'$80.00 of $200.00 (40.0%)',
		'$120.00 left, $7.50 a day',
		'$20.00 below the pace of $100.00'
	]);
	const over = { used: 230, used_ratio: 1.15, left: -30, left_per_day: 0 };
	expect(statusWords(budget(over), format).slice(1)).toEqual([
		'$30.00 over budget',
		'$130.00 above the pace of $100.00'
	]);
	const rolling = { per: '30d', elapsed: null, left_per_day: null };
	expect(statusWords(budget(rolling), format)).toEqual([
		'$80.00 of $200.00 (40.0%)',
		'$120.00 left'
	]);
});

test('a lower bound is no distance below the pace, and what is unknown is no zero', () => {
	const [used, left, pace] = statusWords(budget({ certainty: 'at_least' }), format);
	expect(used).toBe('≥\u00a0$80.00 of $200.00 (≥\u00a040.0%)');
	expect(left).toBe('≤\u00a0$120.00 left, $7.50 a day');
	expect(pace).toBe('pace $100.00');
	const unknown = { used: null, used_ratio: null, left: null, left_per_day: null };
	expect(statusWords(budget(unknown), format)).toEqual(['– of $200.00 (–)']);
});

test('the time until a budget is reached has its interval', () => {
	const reach = (days: number | null, earliest_days: number | null, latest_days: number | null) =>
		statusWords(budget({ reached: { days, earliest_days, latest_days } }), format).at(-1);
	expect(reach(5.5, 0.5, 9)).toBe('reached in 5d 12h at this pace (12h to 9d)');
	expect(reach(5, 2, null)).toBe('reached in 5d at this pace (2d or later)');
	expect(reach(null, 2, null)).toBe('not reached at this pace (in 2d at the earliest)');
	expect(reach(null, null, null)).toBe('not reached at this pace');
});

test('tokens, periods, scopes and origins are in words', () => {
	const tokens = budget({ unit: 'tokens', limit: 5_000_000, used: 1_200_000, used_ratio: 0.24 });
	expect(statusWords(tokens, format)[0]).toBe('1.2M tokens of 5.0M tokens (24.0%)');
	expect([periodOf('7d'), periodOf('block')]).toEqual(['Per 7 days, rolling', 'Per 5-hour window']);
	expect(scopeOf(budget({ scope: 'model', scope_name: 'a\u202eb' }))).toContain('\\u{202e}');
	expect(originOf(budget({ created_by: 'kim' }), format)).toBe('Added by kim, Mar 2, 2026, 10:00');
	expect(originOf(budget({ source: 'config_file', created_at: null }), format)).toBe(
		'From the config file'
	);
});
