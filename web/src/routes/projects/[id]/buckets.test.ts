import { expect, test } from 'vitest';
import { bucketFor } from './buckets';

test('a period is cut into more than one stretch, but not into too many', () => {
	const check = (query: string, expected: string) =>
		expect(bucketFor(new URL(`http://localhost/?${query}`)), query).toBe(expected);
	check('range=today', 'hour');
	check('range=yesterday', 'hour');
	check('range=7d', 'day');
	check('range=last-month', 'day');
	check('range=90d', 'day');
	check('range=1y', 'week');
	check('range=all', 'week');
	check('from=2026-03-01&to=2026-03-01', 'hour');
	check('from=2026-03-01&to=2026-03-31', 'day');
	check('from=2020-01-01&to=2026-03-31', 'month');
});
