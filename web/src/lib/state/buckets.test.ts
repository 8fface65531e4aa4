import { expect, test } from 'vitest';
import { daysOfBucket, daysOfStretch, timesOfStretch } from './buckets';
import { bucketOf } from './filter';

const urlOf = (query: string) => new URL(`http://localhost/?tz=UTC&${query}`);
const shown = { from: '2026-11-03', to: '2026-11-28' };

test('a single day is drawn by hour, whatever is chosen', () => {
	const check = (query: string, expected: string) =>
		expect(bucketOf(urlOf(query), 'step', ['day', 'week']), query).toBe(expected);
	check('range=today', 'hour');
	check('range=yesterday&step=week', 'hour');
	check('from=2026-11-03&to=2026-11-03', 'hour');
	check('range=7d', 'day');
	check('range=7d&step=week', 'week');
	check('range=7d&step=year', 'day');
	check('range=all&step=week', 'week');
});

test('a bucket is the days from its beginning to its end', () => {
	const check = (bucket: string, start: string, from: string, to: string) =>
		expect(daysOfBucket(start, bucket, 'Asia/Shanghai')).toEqual({ from, to });
	check('hour', '2026-02-27T23:00:00Z', '2026-02-28', '2026-02-28');
	check('day', '2026-02-27', '2026-02-27', '2026-02-27');
	check('week', '2026-02-23', '2026-02-23', '2026-03-01');
	check('month', '2026-02-01', '2026-02-01', '2026-02-28');
	check('month', '2025-12-01', '2025-12-01', '2025-12-31');
});

test('the days of several buckets end where the chart does', () => {
	const check = (bucket: string, first: string, last: string, from: string, to: string) =>
		expect(daysOfStretch({ bucket, first, last, shown, zone: 'UTC' })).toEqual({ from, to });
	check('day', '2026-11-04', '2026-11-06', '2026-11-04', '2026-11-06');
	check('week', '2026-11-02', '2026-11-09', '2026-11-03', '2026-11-15');
	check('week', '2026-11-23', '2026-11-23', '2026-11-23', '2026-11-28');
	check('month', '2026-11-01', '2026-11-01', '2026-11-03', '2026-11-28');
	check('hour', '2026-11-04T22:00:00Z', '2026-11-05T01:00:00Z', '2026-11-04', '2026-11-05');
});

test('hours lead to their moments, other buckets to their days', () => {
	const [first, last] = ['2026-11-04T22:00:00.000Z', '2026-11-04T23:00:00.000Z'];
	expect(timesOfStretch({ bucket: 'hour', first, last, shown, zone: 'UTC' })).toEqual({
		period: { from: '2026-11-04', to: '2026-11-04' },
		own: { since: first, until: '2026-11-05T00:00:00.000Z' }
	});
	expect(
		timesOfStretch({ bucket: 'day', first: '2026-11-04', last: '2026-11-05', shown, zone: 'UTC' })
	).toEqual({ period: { from: '2026-11-04', to: '2026-11-05' }, own: {} });
});
