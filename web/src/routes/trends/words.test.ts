import { expect, test } from 'vitest';
import { Formatter } from '$lib/format/format';
import { kindWords, trendWords, valueWords } from './words';

const format = new Formatter('en', 'Asia/Shanghai');

test('values are written as the metric is', () => {
	expect(valueWords('cost_usd', format).full(12, 'exact')).toBe('$12.00');
	expect(valueWords('cache_hit_rate', format).full(0.5, 'exact')).toBe('50.0%');
	expect(valueWords('responses', format).full(1234, 'exact')).toBe('1,234');
	expect(trendWords('cache_hit_rate', 'day', format).axis(0.5)).toBe('50%');
	expect(trendWords('sessions', 'day', format).axis(5)).toBe('5');
});

test('kinds have the names that they have elsewhere', () => {
	expect(kindWords('cache_read')).toBe('Cache read');
	expect(kindWords('web_searches')).toBe('web_searches');
});
