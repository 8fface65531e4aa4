import { expect, test } from 'vitest';
import {
	choiceOf,
	questionOf,
	readSelection,
	toQuery,
	UNNARROWED,
	withRemembered,
	withSelection,
	type Remembered,
	type Selection
} from './filter';

const at = (query: string) => new URL(`http://localhost/models${query}`);
const read = (query: string, earlier: Remembered = {}) => readSelection(at(query), earlier);

test('the URL precedes the stored choice, which precedes the default', () => {
	const check = (query: string, range: Remembered['range'], expected: string) =>
		expect(read(query, { range }).selection.period).toEqual({ range: expected });
	check('?range=7d', 'all', '7d');
	check('', 'all', 'all');
	check('', null, '30d');
	check('?range=8d', 'all', 'all');
	expect(read('', { zone: 'server', compare: 'none' }).selection).toMatchObject({
		zone: 'server',
		compare: 'none'
	});
	expect(read('').selection).toEqual({
		period: { range: '30d' },
		weekStart: 'monday',
		zone: 'browser',
		projects: [],
		models: [],
		sources: [],
		compare: 'previous'
	} satisfies Selection);
});

test('dates come before a range', () => {
	const { selection, ignored } = read('?from=2026-01-01&to=2026-01-31&range=7d');
	expect(selection.period).toEqual({ from: '2026-01-01', to: '2026-01-31' });
	expect(ignored).toEqual([{ name: 'range', value: '7d' }]);
});

test('invalid parts are ignored and reported', () => {
	const { selection, ignored } = read('?from=2026-02-01&to=never&tz=Mars&compare=&project=&x=1');
	expect(selection).toEqual(read('').selection);
	expect(ignored).toEqual([
		{ name: 'from', value: '2026-02-01' },
		{ name: 'to', value: 'never' },
		{ name: 'tz', value: 'Mars' },
		{ name: 'compare', value: '' }
	]);
});

test('a written query is read back unchanged', () => {
	for (const query of [
		'range=7d',
		'range=last-week&week_start=sunday',
		'from=2026-01-01&to=2026-01-31&tz=Asia%2FShanghai',
		'range=all&tz=server&project=%2Fa&project=%2Fb&model=m&home=s&compare=year'
	]) {
		expect(toQuery(read(`?${query}`).selection).toString()).toBe(query);
	}
});

test('an older name of a home is read and not written', () => {
	expect(toQuery(read('?range=7d&source=a&home=b').selection).toString()).toBe(
		'range=7d&home=b&home=a'
	);
	const { selection } = read('?range=7d&source=a');
	expect(withSelection(at('?range=7d&source=a'), selection).search).toBe('?range=7d&home=a');
});

test('parameters of the page are kept', () => {
	const { selection } = read('?range=7d&model=a&sort=cost_usd');
	const url = withSelection(at('?range=7d&model=a&sort=cost_usd'), {
		...selection,
		models: [],
		period: { range: 'all' }
	});
	expect(url.search).toBe('?range=all&sort=cost_usd');
});

test('a URL is completed, and unknown parts are kept', () => {
	const check = (query: string, expected: string) =>
		expect(withRemembered(at(query), { range: '7d', compare: 'none' }).search).toBe(expected);
	check('', '?range=7d&compare=none');
	check('?range=all', '?range=all&compare=none');
	check('?compare=year&sort=a', '?range=7d&compare=year&sort=a');
	check('?tz=Mars', '?range=7d&compare=none&tz=Mars');
	check('?range=8d', '?range=8d&compare=none');
});

test('requests use the names of the server', () => {
	expect(questionOf(at('?range=7d&tz=server'))).toEqual({
		filter: { range: '7d', tz: undefined },
		compare: 'previous'
	});
	expect(questionOf(at('?range=this-week&week_start=sunday&tz=UTC')).filter).toMatchObject({
		range: 'this-week',
		week_start: 'sunday'
	});
	expect(questionOf(at('?from=2026-01-01&to=2026-01-02&tz=UTC&model=a&model=b&home=h'))).toEqual({
		filter: { from: '2026-01-01', to: '2026-01-02', tz: 'UTC', model: ['a', 'b'], home: ['h'] },
		compare: 'previous'
	});
});

test('a choice of one page is one of its values', () => {
	const metrics = ['cost_usd', 'total_tokens'] as const;
	expect(choiceOf(at('?metric=total_tokens'), 'metric', metrics)).toBe('total_tokens');
	expect(choiceOf(at('?metric=love'), 'metric', metrics)).toBe('cost_usd');
});

test('usage is that of subagents or of main conversations, or of both', () => {
	const asked = (query: string) => questionOf(at(`?range=7d${query}`)).filter.sidechain;
	expect(['', '&sidechain=true', '&sidechain=false'].map(asked)).toEqual([undefined, true, false]);
	const { selection, ignored } = read('?range=7d&sidechain=maybe');
	expect(selection.sidechain).toBeUndefined();
	expect(ignored).toEqual([{ name: 'sidechain', value: 'maybe' }]);
	const chosen = read('?range=7d&sidechain=true').selection;
	expect(withSelection(at('?range=7d&sort=cost_usd'), chosen).search).toBe(
		'?range=7d&sidechain=true&sort=cost_usd'
	);
	expect(toQuery({ ...chosen, ...UNNARROWED }).toString()).toBe('range=7d');
});

test('requests that only telemetry reports are included by the address alone', () => {
	const asked = (query: string) => questionOf(at(`?range=7d${query}`)).filter.unlogged;
	expect(['', '&unlogged=true', '&unlogged=false'].map(asked)).toEqual([undefined, true, false]);
	const { selection, ignored } = read('?range=7d&unlogged=perhaps');
	expect([selection.unlogged, ignored]).toEqual([
		undefined,
		[{ name: 'unlogged', value: 'perhaps' }]
	]);
	expect(withSelection(at('?range=7d&unlogged=true'), read('?range=7d').selection).search).toBe(
		'?range=7d'
	);
});
