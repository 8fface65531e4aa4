import { expect, test } from 'vitest';
import { Formatter } from '$lib/format/format';
import { bucketName, daysOfBucket, kindWords, trendWords, valueWords } from './words';

const format = new Formatter('en', 'Asia/Shanghai');

test('a bucket is named by how long it is', () => {
	expect(bucketName('2026-01-05T01:00:00.000Z', 'hour', format)).toBe('Jan 5, 2026, 09:00');
	expect(bucketName('2026-01-05', 'day', format)).toBe('Mon, Jan 5');
	expect(bucketName('2026-01-05', 'week', format)).toMatch(/^Jan 5\s–\s11, 2026$/);
	expect(bucketName('2026-02-01', 'month', format)).toBe('February 2026');
});

test('below the axis, midnight is the day that begins', () => {
	const { tick } = trendWords('cost_usd', 'hour', format);
	expect(tick('2026-01-05T16:00:00.000Z', 0)).toBe('Jan 6');
	expect(tick('2026-01-05T17:00:00.000Z', 0)).toBe('01:00');
});

test('values are written as the metric is', () => {
	expect(valueWords('cost_usd', format).full(12, 'exact')).toBe('$12.00');
	expect(valueWords('cache_hit_rate', format).full(0.5, 'exact')).toBe('50.0%');
	expect(valueWords('responses', format).full(1234, 'exact')).toBe('1,234');
	expect(trendWords('cache_hit_rate', 'day', format).axis(0.5)).toBe('50%');
	expect(trendWords('sessions', 'day', format).axis(5)).toBe('5');
});

test('a bucket leads to its days', () => {
	expect(daysOfBucket('2026-01-05', 'day')).toEqual({ from: '2026-01-05', to: '2026-01-05' });
	expect(daysOfBucket('2026-01-05', 'week')).toEqual({ from: '2026-01-05', to: '2026-01-11' });
	expect(daysOfBucket('2026-02-01', 'month')).toEqual({ from: '2026-02-01', to: '2026-02-28' });
	expect(daysOfBucket('2025-12-01', 'month')).toEqual({ from: '2025-12-01', to: '2025-12-31' });
});

test('kinds have the names that they have elsewhere', () => {
	expect(kindWords('cache_read')).toBe('Cache read');
	expect(kindWords('web_searches')).toBe('web_searches');
});
