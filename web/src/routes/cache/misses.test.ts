import { expect, test } from 'vitest';
import type { CacheStats } from '$lib/api/types';
import { Formatter } from '$lib/format/format';
import { causeRows, itemRows } from './misses';

const misses = (misses: number, extra_usd: number) => ({
	misses,
	missed_tokens: misses * 1000,
	extra_usd,
	certainty: 'exact'
});
const stats = {
	misses: misses(6, 3),
	causes: [
		{ cause: 'tools_changed', basis: 'logged', ...misses(1, 2) },
		{ cause: 'expired', basis: 'inferred', ...misses(4, 0.75) },
		{ cause: 'something_new', basis: 'logged', ...misses(1, 0.25) }
	],
	items: [
		{ key: '/home/u/app', label: 'app', project: null, ...misses(4, 2) },
		{ key: null, label: null, project: null, ...misses(1, 0.5) }
	],
	rest: misses(1, 0.5),
	rest_count: 3
} as unknown as CacheStats;
const sumOf = (rows: { of: { misses: number } }[]) =>
	rows.reduce((sum, { of }) => sum + of.misses, 0);

test('causes add up to the last row, and inferred ones are marked', () => {
	const rows = causeRows(stats);
	expect(rows.map(({ inferred }) => inferred)).toEqual([false, true, false, undefined]);
	expect(rows.map(({ name }) => name).slice(0, 3)).toEqual([
		'Tools changed',
		'Pause longer than the cache lasts',
		'something_new'
	]);
	expect(sumOf(rows.slice(0, -1))).toBe(rows.at(-1)?.of.misses);
});

test('items and the rest add up, and one without a name leads nowhere', () => {
	const rows = itemRows(stats, new Formatter('en', 'UTC'));
	expect(rows.map(({ item }) => item)).toEqual(['/home/u/app', undefined, undefined]);
	expect(sumOf(rows)).toBe(stats.misses.misses);
});
