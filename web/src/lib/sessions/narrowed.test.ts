import { expect, test } from 'vitest';
import { narrowedOf } from './narrowed';

test('a list is narrowed to what the address names, and to nothing invalid', () => {
	const of = (query: string) => narrowedOf(new URL(`http://server/responses?${query}`));
	expect(of('')).toEqual({});
	expect(of('version=2.1.9&skill=&cache_miss=any')).toEqual({
		version: '2.1.9',
		cache_miss: 'any'
	});
	expect(of('cache_miss=inferred:expired&driver=subagents')).toEqual({
		cache_miss: 'inferred:expired',
		driver: 'subagents'
	});
	expect(of('cache_miss=other&driver=other&tool=Bash')).toEqual({});
});
