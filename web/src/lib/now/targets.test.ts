import { expect, test } from 'vitest';
import type { Now, Targets } from '$lib/api/types';
import { Formatter, type Certainty } from '$lib/format/format';
import { present } from '../../testing/now';
import { paceWords } from './targets';
import { passedTargets, passedWords, titleOf, warningOf } from './warning';

const format = new Formatter('en', 'UTC');
const none: Targets = { block: null, day: null, week: null, month: null };

test('a cost stands against its pace', () => {
	const words = (cost_usd: number, certainty: Certainty = 'exact') =>
		paceWords({ cost_usd, certainty }, 100, 0.5, format);
	expect(words(60)).toBe('$10.00 above the pace of $50.00');
	expect(words(40)).toBe('$10.00 below the pace of $50.00');
	expect(words(50.1)).toBe('on pace');
	expect(words(130)).toBe('$30.00 over budget');
	expect(words(60, 'at_least')).toBe('≥\u00a0$10.00 above the pace of $50.00');
	expect(words(40, 'at_least')).toBe('pace $50.00');
});

test('a budget is exceeded above its amount, and only where one is set', () => {
	const now = present({ day: 5, month: 200 });
	expect(passedTargets(now)).toEqual([]);
	expect(passedTargets({ ...now, targets: { ...none, day: 5, month: 199 } })).toEqual(['month']);
	const both = { ...now, targets: { ...none, day: 2, month: 199 } };
	expect(passedWords(both, format)).toEqual([
		'Per day: $3.00 over budget',
		'Per month: $1.00 over budget'
	]);
	expect(passedWords(both, format, ['week', 'month'])).toHaveLength(1);
	// A window without usage exceeds nothing.
	expect(passedTargets({ ...now, targets: { ...none, block: 1 } })).toEqual([]);
});

test('the highest limit is in the title, before a budget', () => {
	const limited = (used: number | null, targets: Partial<Targets> = {}): Now => ({
		...present({ month: 200, fiveHour: used }),
		targets: { ...none, ...targets }
	});
	const title = (now: Now | null) => titleOf('Overview', now, format);
	expect(title(null)).toBe('Overview · Claude Token Monitor');
	expect(title(limited(79.9))).toBe('Overview · Claude Token Monitor');
	expect(title(limited(80))).toBe('(80%) Overview · Claude Token Monitor');
	const passed = 'Overview · Per month: $199.00 over budget · Claude Token Monitor';
	expect(title(limited(97.5, { month: 1 }))).toBe(`(97%) ${passed}`);
	expect(title(limited(20, { month: 1 }))).toBe(`⚠ ${passed}`);
	expect([80, 95].map((used) => warningOf(limited(used))?.level)).toEqual(['high', 'critical']);
});
