import { expect, test } from 'vitest';
import type { Change } from '$lib/api/types';
import { Formatter } from './format';
import { usage } from '../../testing/answers';
import { describeChange } from './change';

const format = new Formatter('en', 'UTC');
const previous = { from: '2026-01-01', to: '2026-01-30', totals: usage(1, 1) };

function check(change: Change, unit: 'percent' | 'points', short: string, long: RegExp) {
	const words = describeChange(change, previous, unit, format);
	expect(words?.short).toBe(short);
	expect(words?.long).toMatch(long);
}

test('amounts change by percent, rates by points', () => {
	check({ absolute: 5, relative: 0.121 }, 'percent', '+12.1%', /Jan 1, 2026 to Jan 30, 2026/);
	check({ absolute: -0.012, relative: -0.02 }, 'points', '-1.2 pt', /^-1\.2 pt vs\. /);
});

test('something after nothing is new, and nothing after nothing no change', () => {
	check({ absolute: 5, relative: null }, 'percent', 'new', /No data from Jan 1/);
	check({ absolute: 0, relative: null }, 'percent', '0.0%', /^0\.0% vs\. /);
});

test('an unknown side leaves the change unknown', () =>
	check({ absolute: null, relative: null }, 'percent', '–', /^Unknown/));

test('without a previous period there is nothing to say', () =>
	expect(describeChange(undefined, null, 'percent', format)).toBeNull());
