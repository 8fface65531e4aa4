import { expect, test } from 'vitest';
import { chooseRange, rangeQuery } from './range';

test('the url comes before the stored choice, and that before the default', () => {
	const check = (query: string, stored: string | null, expected: string) =>
		expect(chooseRange(new URL(`http://localhost/${query}`), stored)).toBe(expected);
	check('?range=7d', 'all', '7d');
	check('', 'all', 'all');
	check('', null, '30d');
	check('?range=8d', 'all', 'all');
	check('?range=', 'yesterday', '30d');
});

test('a range keeps the rest of the query', () => {
	const url = new URL('http://localhost/?range=7d&model=a&model=b');
	expect(rangeQuery(url, 'all')).toBe('?range=all&model=a&model=b');
});
