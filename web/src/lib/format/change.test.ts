import { expect, test } from 'vitest';
import type { Change } from '$lib/api/types';
import { Formatter } from './format';
import { changeOf, describeChange, previousWords } from './change';

const format = new Formatter('en', 'UTC');
const previous = { from: '2026-01-01', to: '2026-01-30', until: null, known_from: null };

function check(change: Change, unit: 'percent' | 'points', short: string, long: RegExp) {
	const words = describeChange(change, previous, unit, format, '$4.00');
	expect(words?.before).toBe('$4.00');
	expect(words?.short).toBe(short);
	expect(words?.long).toMatch(long);
}

test('amounts change by percent, rates by points', () => {
	check(
		{ absolute: 5, relative: 0.121 },
		'percent',
		'+12.1%',
		/^\+12\.1% vs\. \$4\.00 \(Jan 1.+30, 2026\)$/
	);
	check({ absolute: -0.012, relative: -0.02 }, 'points', '-1.2 pt', /^-1\.2 pt vs\. /);
});

test('usage after none is new, and none after none is no change', () => {
	check({ absolute: 5, relative: null }, 'percent', 'new', /^Previously zero: Jan 1/);
	check({ absolute: 0, relative: null }, 'percent', '0.0%', /^0\.0% vs\. /);
});

test('an unknown side leaves the change unknown', () =>
	check({ absolute: null, relative: null }, 'percent', '–', /^Unknown/));

test('a period that is known in part has its value and no percentage', () => {
	const part = { ...previous, known_from: '2026-01-12' };
	const change = { absolute: 5, relative: 0.121 };
	const words = describeChange(change, part, 'percent', format, '$4.00');
	expect(words).toMatchObject({ short: '–', before: '$4.00' });
	expect(words?.long).toMatch(/^vs\. \$4\.00 .+Jan 12, 2026/);
});

test('without a previous period there is no change', () =>
	expect(describeChange(undefined, null, 'percent', format, '')).toBeNull());

test('a period that is not over is compared until the same time', () => {
	const words = (until: string | null) =>
		previousWords(
			{ from: '2026-10-01', to: '2026-10-28', until, known_from: null },
			format
		).replace(/\s/g, ' ');
	expect(words(null)).toBe('Oct 1 – 28, 2026');
	expect(words('2026-10-28T13:15:00Z')).toBe('Oct 1 – 28, 2026, until 13:15');
});

test('a change is relative to what was before', () => {
	expect(changeOf(4, 5)).toEqual({ absolute: 1, relative: 0.25 });
	expect(changeOf(0, 5)).toEqual({ absolute: 5, relative: null });
	expect(changeOf(null, 5)).toEqual({ absolute: null, relative: null });
});
