import { expect, test } from 'vitest';
import { Formatter } from '$lib/format/format';
import { bucketName, bucketWithin, bucketWords } from './bucketWords';

const format = new Formatter('en', 'Asia/Shanghai');

test('a bucket is named by how long it is', () => {
	expect(bucketName('2026-01-05T01:00:00.000Z', 'hour', format)).toBe('Jan 5, 2026, 09:00');
	expect(bucketName('2026-01-05', 'day', format)).toBe('Mon, Jan 5');
	expect(bucketName('2026-01-05', 'week', format)).toMatch(/^Jan 5\s–\s11, 2026$/);
	expect(bucketName('2026-02-01', 'month', format)).toBe('February 2026');
});

test('a week within a sentence is named by its first day', () => {
	expect(bucketWithin('2026-01-05', 'week', format)).toBe('week of Jan 5');
	expect(bucketWithin('2026-01-05', 'day', format)).toBe('Mon, Jan 5');
});

test('below the axis, midnight is the day that begins', () => {
	const { tick } = bucketWords('hour', format);
	expect(tick('2026-01-05T16:00:00.000Z', 0)).toBe('Jan 6');
	expect(tick('2026-01-05T17:00:00.000Z', 0)).toBe('01:00');
});
