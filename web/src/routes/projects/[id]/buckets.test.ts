import { expect, test } from 'vitest';
import { bucketFor, daysOfBucket } from './buckets';

test('a period is cut into more than one stretch, but not into too many', () => {
	expect(bucketFor({ range: 'today' })).toBe('hour');
	expect(bucketFor({ range: '7d' })).toBe('day');
	expect(bucketFor({ range: '90d' })).toBe('day');
	expect(bucketFor({ range: '1y' })).toBe('week');
	expect(bucketFor({ range: 'all' })).toBe('week');
	expect(bucketFor({ from: '2026-03-01', to: '2026-03-01' })).toBe('hour');
	expect(bucketFor({ from: '2026-03-01', to: '2026-03-31' })).toBe('day');
	expect(bucketFor({ from: '2020-01-01', to: '2026-03-31' })).toBe('month');
});

test('a stretch is the days from its beginning to its end', () => {
	const check = (bucket: string, start: string, from: string, to: string) =>
		expect(daysOfBucket(bucket, start, () => '2026-02-28')).toEqual({ from, to });
	check('hour', '2026-02-27T23:00:00Z', '2026-02-28', '2026-02-28');
	check('day', '2026-02-27', '2026-02-27', '2026-02-27');
	check('week', '2026-02-23', '2026-02-23', '2026-03-01');
	check('month', '2026-02-01', '2026-02-01', '2026-02-28');
	check('month', '2026-12-01', '2026-12-01', '2026-12-31');
});
