import { expect, test } from 'vitest';
import type { WhyStats } from '$lib/api/types';
import { Formatter } from '$lib/format/format';
import { causeRows, mainCause, notesOf, sentenceOf } from './causes';

const format = new Formatter('en', 'UTC');

const period = {
	from: '2026-03-01',
	to: '2026-03-07',
	days: 7,
	days_with_usage: 6,
	days_unknown: 0,
	cost_usd: 100,
	certainty: 'exact' as const,
	responses: 400,
	prompt_tokens_per_response: 80_000.4,
	cache_hit_rate: 0.95,
	output_tokens_per_response: 700,
	web_searches: 0,
	unpriced_responses: 0,
	unpriced_tokens: 0,
	unpriced_web_searches: 0
};

const why = {
	previous_period: { from: '2026-02-22', to: '2026-02-28', until: null, known_from: null },
	statement: 'supported',
	minimum_responses: 100,
	current: { ...period, cost_usd: 130, responses: 500 },
	previous: period,
	difference_usd: 30,
	causes: [
		{ cause: 'volume', difference_usd: 25 },
		{ cause: 'mix', difference_usd: -5 },
		{ cause: 'context', difference_usd: 10 },
		{ cause: 'web_searches', difference_usd: 0 }
	],
	movers: []
} as unknown as WhyStats;

test('rows add up to the last one, and web searches are shown where there are any', () => {
	const rows = causeRows(why, format);
	expect(rows.map(({ key }) => key)).toEqual(['volume', 'mix', 'context', 'total']);
	const [total, ...parts] = rows.map(({ difference }) => difference ?? 0).reverse();
	expect(parts.reduce((one, other) => one + other)).toBe(total);
	const searching = { ...why, current: { ...why.current, web_searches: 3 } };
	expect(causeRows(searching, format).map(({ key }) => key)).toContain('web_searches');
	expect(causeRows({ ...why, previous: null }, format)).toEqual([]);
});

test('the main cause moved the cost in the direction in which it changed', () => {
	expect(mainCause(why)?.cause).toBe('volume');
	expect(mainCause({ ...why, difference_usd: -1 })?.cause).toBe('mix');
	expect(mainCause({ ...why, difference_usd: 0 })).toBeNull();
});

test('a sentence is said where there are enough responses', () => {
	expect(sentenceOf(why, format)).toContain('$30.00');
	const say = (statement: WhyStats['statement']) => sentenceOf({ ...why, statement }, format);
	expect(say('few_responses')).toContain('100');
	const others = [say('few_responses'), say('known_in_part'), say('no_comparison')];
	expect(others.every((sentence) => !sentence.includes('$'))).toBe(true);
	expect(new Set(others).size).toBe(3);
});

test('what is not known is said where there is any', () => {
	expect(notesOf(why, format)).toHaveLength(1);
	const previous = { ...period, days_unknown: 2, unpriced_tokens: 5 };
	expect(notesOf({ ...why, previous }, format)).toHaveLength(3);
});
