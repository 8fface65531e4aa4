import { expect, test } from 'vitest';
import { currentOf, isFiltered, isOpenTo, pageOf, PAGES, pagesFor } from './pages';

test('a page is found by its address and by those below it', () => {
	const check = (pathname: string, expected: string | undefined) =>
		expect(pageOf(pathname)?.path).toBe(expected);
	check('/', '/');
	check('/sessions', '/sessions');
	check('/sessions/8c1f', '/sessions');
	check('/sessionsx', undefined);
	check('/no-such-page', undefined);
	check('/api/docs', '/api/docs');
});

test('a link shows whether it leads here', () => {
	expect(currentOf('/projects', '/projects')).toBe('page');
	expect(currentOf('/projects', '/projects/a')).toBe('true');
	expect(currentOf('/', '/projects')).toBeUndefined();
});

test('every page has a key of its own', () =>
	expect(new Set(PAGES.map(({ key }) => key)).size).toBe(PAGES.length));

test('some pages show the same whatever the filter is', () => {
	expect(['/sessions', '/sessions/8c1f', '/projects/a', '/settings'].map(isFiltered)).toEqual([
		true,
		false,
		true,
		false
	]);
});

test('a visitor sees the pages within the scope of the link', () => {
	const paths = (scope: 'everything' | 'home' | 'project') =>
		pagesFor({ scope, names: true, until: '2026-03-10T10:00:00Z' }).map(({ path }) => path);
	expect(pagesFor(null)).toHaveLength(PAGES.length);
	expect(paths('everything')).toEqual(paths('home'));
	expect(paths('home')).toContain('/blocks');
	expect(paths('project')).not.toContain('/blocks');
	for (const scope of ['everything', 'home', 'project'] as const) {
		expect(paths(scope)).not.toContain('/settings');
		expect(paths(scope)).not.toContain('/export');
	}
});

test('a visitor has links only to what is within the scope', () => {
	const open = (scope: 'everything' | 'project', address: string) =>
		isOpenTo({ scope, names: true, until: '2026-03-10T10:00:00Z' }, address);
	expect(isOpenTo(null, '/sessions/8c1f')).toBe(true);
	expect(open('everything', '/sessions?range=7d')).toBe(true);
	expect(open('everything', '/sessions/8c1f')).toBe(false);
	expect(open('everything', '/changes?by=model')).toBe(false);
	expect(open('everything', '/projects/a')).toBe(true);
	expect(open('everything', '/blocks#limits')).toBe(true);
	expect(open('project', '/blocks#limits')).toBe(false);
	expect(open('project', '/wall')).toBe(true);
	expect(open('everything', '/no-such-page')).toBe(false);
});
