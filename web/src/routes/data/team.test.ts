import { expect, test } from 'vitest';
import type { TeamMachine } from '$lib/api/types';
import { Formatter } from '$lib/format/format';
import { clockWords, pushWords } from './team';

const format = new Formatter('en', 'UTC');

test('a machine says when it last pushed, or why it does not', () => {
	const pushed = (revoked: boolean, pushed_at: string | null) =>
		pushWords({ revoked, pushed_at } as TeamMachine, format);
	expect(pushed(false, null)).toBe('Never');
	expect(pushed(false, '2026-03-02T10:00:00.000Z')).toBe(format.moment('2026-03-02T10:00:00.000Z'));
	expect(pushed(true, '2026-03-02T10:00:00.000Z')).toBe('Token revoked');
});

test('a clock is exact, behind or ahead', () => {
	const clocks = [null, 0, 59_999, -59_999, 60_000, -7_200_000];
	expect(clocks.map((skew) => clockWords(skew, format))).toEqual([
		'',
		'Exact',
		'Exact',
		'Exact',
		'1m behind',
		'2h ahead'
	]);
});
