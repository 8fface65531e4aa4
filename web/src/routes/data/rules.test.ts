// @vitest-environment node
import { expect, test } from 'vitest';
import type { FoldersOfProject, StartFolder } from '$lib/api/types';
import { found, isTaken, join, nothing, rename, split, stillThere, unused } from './rules';

const usage = {
	responses: 1,
	sessions: 1,
	total_tokens: 1,
	cost_usd: 1,
	certainty: 'exact' as const,
	unpriced_tokens: 0,
	first_at: null,
	last_at: null
};

const start = (folder: string, of: Partial<StartFolder> = {}): StartFolder => ({
	folder,
	why: of.rule ? 'rule' : of.repository ? 'worktree' : 'itself',
	repository: null,
	rule: null,
	...usage,
	...of
});

const project = (name: string, ...folders: StartFolder[]): FoldersOfProject => ({
	project: name,
	label: name,
	folders,
	...usage
});

const lens = project(
	'/dev/lens',
	start('/dev/lens'),
	start('/wt/one', { repository: '/dev/lens' })
);
const shop = project(
	'shop',
	start('/dev/shop/web', { rule: '/dev/shop' }),
	start('/old/shop', { rule: '/old/shop' })
);
const notes = project('/dev/notes', start('/dev/notes'));
const all = [lens, shop, notes];
const rules = { '/dev/shop': 'shop', '/old/shop': 'shop', '/new/shop': 'shop', '/none': 'x' };
const chosen = (projects: string[], folders: string[] = []) => ({
	projects: new Set(projects),
	folders: new Set(folders)
});

test('projects are joined by the folders that decide over them, and folders by themselves', () => {
	expect(join(all, rules, chosen(['/dev/lens', 'shop'], ['/dev/notes']), 'all')).toEqual({
		'/dev/lens': 'all',
		'/dev/shop': 'all',
		'/old/shop': 'all',
		'/new/shop': 'all',
		'/dev/notes': 'all'
	});
	expect(join(all, rules, chosen([], ['/wt/one', '/old/shop']), 'shop')).toEqual({
		'/wt/one': 'shop'
	});
	expect(join(all, rules, nothing, 'all')).toEqual({});
});

test('a new name is given to every rule of a project, or to its repository', () => {
	expect(rename(lens, rules, 'lens')).toEqual({ '/dev/lens': 'lens' });
	expect(rename(shop, rules, 'store')).toEqual({
		'/dev/shop': 'store',
		'/old/shop': 'store',
		'/new/shop': 'store'
	});
	expect(rename(shop, rules, 'shop')).toEqual({});
});

test('a folder leaves its project by its own rule or by a new one', () => {
	const [own, tree] = lens.folders as [StartFolder, StartFolder];
	expect(split(tree, rules)).toEqual({ '/wt/one': '/wt/one' });
	expect(split(own, rules)).toBeNull();
	const [below, exact] = shop.folders as [StartFolder, StartFolder];
	expect(split(below, rules)).toEqual({ '/dev/shop/web': '/dev/shop/web' });
	expect(split(exact, rules)).toEqual({ '/old/shop': null });
});

test('rules that nothing follows are known', () => {
	expect(unused(all, rules)).toEqual([
		['/new/shop', 'shop'],
		['/none', 'x']
	]);
});

test('projects are found by their name and their folders', () => {
	const names = (text: string) => found(all, text).map(({ project: name }) => name);
	expect(names('')).toHaveLength(3);
	expect(names(' SHOP ')).toEqual(['shop']);
	expect(names('wt one')).toEqual(['/dev/lens']);
	expect(names('nothing')).toEqual([]);
});

test('a name is taken by a project that is not chosen', () => {
	expect(isTaken(all, chosen(['/dev/lens']), 'shop')).toBe(true);
	expect(isTaken(all, chosen(['shop']), 'shop')).toBe(false);
	expect(isTaken(all, chosen([]), 'new')).toBe(false);
});

test('what is no longer there is not chosen', () => {
	expect(stillThere(all, chosen(['shop', 'gone'], ['/wt/one', '/gone']))).toEqual(
		chosen(['shop'], ['/wt/one'])
	);
});
