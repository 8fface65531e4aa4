import { expect, test } from 'vitest';
import { usage } from '../../testing/answers';
import { extremesOf, listed, writeRows, writesOf, type CacheRow } from './cache';

const row = (key: string, more: Partial<CacheRow['usage']>): CacheRow => ({
	key,
	label: key,
	usage: { ...usage(1, 1), ...more }
});
const rows = [
	row('a', { cache_read_tokens: 5, cache_hit_rate: 0.5, cache_saving_usd: -1 }),
	row('b', { cache_read_tokens: 9, cache_hit_rate: null, cache_write_1h_tokens: 3 }),
	row('c', { cache_read_tokens: 7, cache_hit_rate: 0.9, cache_write_5m_tokens: 1 })
];

function check(by: string, order: 'asc' | 'desc', expected: string) {
	const keys = listed(rows, { by, order }).map(({ key }) => key);
	expect(keys.join('')).toBe(expected);
}

test('rows are sorted by cache reads by default', () => {
	expect(listed(rows).map(({ key }) => key)).toEqual(['b', 'c', 'a']);
	check('rate', 'desc', 'cab');
	check('rate', 'asc', 'acb');
	check('name', 'asc', 'abc');
	check('writes', 'desc', 'bca');
	check('saving', 'asc', 'abc');
});

test('what wrote nothing has no share of writes', () => {
	expect(writesOf({ cache_write_5m_tokens: 1, cache_write_1h_tokens: 2 })).toBe(3);
	expect(writeRows(rows, String)).toEqual([
		{ key: 'b', label: 'b', values: [0, 3], text: '0 / 3' },
		{ key: 'c', label: 'c', values: [1, 0], text: '1 / 0' }
	]);
});

test('extremes are of what is known', () => {
	expect(extremesOf([null, 0.5, 0.2, null, 0.9])).toEqual({ lowest: 2, highest: 4 });
	expect(extremesOf([null])).toBeNull();
});
