import { expect, test } from 'vitest';
import type { BilledPart, Price } from '$lib/api/types';
import { arithmeticOf } from './arithmetic';

const listed: Price = {
	input: 3,
	output: 15,
	cache_read: 0.3,
	cache_write_5m: 3.75,
	cache_write_1h: 6,
	from: '2026-01-01',
	until: null,
	source: 'a list'
};

const part: BilledPart = {
	model: 'sonnet',
	speed: null,
	service_tier: 'batch',
	inference_geo: null,
	refusal: null,
	billed: true,
	priced_as: 'sonnet',
	price: { ...listed, input: 1.5, cache_read: 0.15 },
	listed,
	multipliers: [{ name: 'batch', factor: '0.5' }],
	unpriced_reason: null,
	terms: [
		{ kind: 'input', count: 7, usd_each: 0.0000015, cost_usd: 0.0000105 },
		{ kind: 'cache_read', count: 10, usd_each: 0.00000015, cost_usd: 0.0000015 },
		{ kind: 'web_searches', count: 2, usd_each: 0.01, cost_usd: 0.02 }
	],
	cost_usd: 0.020012,
	input_tokens: 7,
	output_tokens: 0,
	cache_read_tokens: 10,
	cache_write_5m_tokens: 0,
	cache_write_1h_tokens: 0,
	total_tokens: 17
};

test('prices are per million tokens, and per web search', () => {
	const rows = arithmeticOf(part);
	expect(rows.map(({ kind, price, listed }) => [kind, price, listed])).toEqual([
		['input', 1.5, 3],
		['cache_read', 0.15, 0.3],
		['web_searches', 0.01, null],
		[null, null, null]
	]);
});

test('the rows add up to the cost', () => {
	const rows = arithmeticOf(part);
	const sum = rows.slice(0, -1).reduce((total, { cost }) => total + (cost ?? 0), 0);
	expect(sum).toBeCloseTo(rows.at(-1)?.cost ?? NaN, 12);
});

test('without multipliers, the listed price is not repeated', () => {
	const plain = { ...part, listed: { ...listed, input: 1.5, cache_read: 0.15 } };
	expect(arithmeticOf(plain).every(({ listed }) => listed === null)).toBe(true);
});

test('what has no price has no cost', () => {
	const [row, sum] = arithmeticOf({
		...part,
		listed: null,
		terms: [{ kind: 'input', count: 7, usd_each: null, cost_usd: null }],
		cost_usd: null
	});
	expect([row?.price, row?.cost, sum?.cost]).toEqual([null, null, null]);
});
