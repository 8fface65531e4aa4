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
	expect(of('ticket=A-1&without=tool&several_tools=true&driver=none')).toEqual({
		ticket: 'A-1',
		without: 'tool',
		several_tools: true,
		driver: 'none'
	});
	expect(of('cache_miss=other&driver=other&tool=Bash')).toEqual({});
	expect(of('only_model=opus&same_projects=model')).toEqual({
		only_model: 'opus',
		same_projects: 'model'
	});
	expect(of('without=other&several_tools=1')).toEqual({});
});
