/** The pages that there are, in the order of the navigation. */

import type { Health } from '$lib/api/types';
import { m } from '$lib/paraglide/messages';
import { withoutBase } from './base';

export interface PageEntry {
	/** Where it is below the base path. */
	path: string;
	title: () => string;
	/** The key that leads there, after the prefix. */
	key: string;
	/** Where the navigation is long, it stands behind "More". */
	more?: boolean;
	/** Where the navigation is short, it stands at the bottom. */
	bottom?: boolean;
	/** What it shows does not depend on the filter. */
	unfiltered?: boolean;
	/** Neither does what its pages below show. */
	unfilteredBelow?: boolean;
	/** What it shows is compared with another period. */
	compared?: boolean;
	/** What a read-only link sees of it: everything, nothing of a project, or nothing at all. */
	link?: 'all' | 'homes';
	/** A read-only link sees nothing of the pages below. */
	closedBelow?: boolean;
}

export const PAGES = [
	{ path: '/', title: () => m.overview(), key: 'o', bottom: true, compared: true, link: 'all' },
	{ path: '/models', title: () => m.models(), key: 'm', compared: true, link: 'all' },
	{ path: '/projects', title: () => m.projects(), key: 'p', compared: true, link: 'all' },
	{
		path: '/sessions',
		title: () => m.sessions(),
		key: 's',
		bottom: true,
		unfilteredBelow: true,
		compared: true,
		link: 'all',
		closedBelow: true
	},
	{ path: '/blocks', title: () => m.blocks(), key: 'b', bottom: true, link: 'homes' },
	{ path: '/trends', title: () => m.trends(), key: 't', compared: true, link: 'all' },
	{ path: '/changes', title: () => m.changes(), key: 'w', more: true, compared: true },
	{ path: '/by', title: () => m.by(), key: 'u', more: true },
	{ path: '/what-if', title: () => m.what_if(), key: 'f', more: true },
	{ path: '/worth', title: () => m.worth(), key: 'y', more: true },
	{ path: '/compare', title: () => m.comparison(), key: 'v', more: true },
	{ path: '/budgets', title: () => m.budgets(), key: 'k', more: true, unfiltered: true },
	{ path: '/alerts', title: () => m.alerts_page(), key: 'n', more: true, unfiltered: true },
	{ path: '/responses', title: () => m.responses(), key: 'r', more: true },
	{ path: '/cache', title: () => m.cache(), key: 'c', more: true, compared: true, link: 'all' },
	{ path: '/tools', title: () => m.tools(), key: 'l', more: true, compared: true, link: 'all' },
	{ path: '/history', title: () => m.history(), key: 'h', more: true },
	{ path: '/audit', title: () => m.audit(), key: 'a', more: true },
	{ path: '/export', title: () => m.export_page(), key: 'e', more: true },
	{ path: '/data', title: () => m.data(), key: 'd', more: true, unfiltered: true },
	{ path: '/sql', title: () => m.sql(), key: 'q', more: true, unfiltered: true },
	{ path: '/settings', title: () => m.settings(), key: ',', more: true, unfiltered: true },
	{ path: '/api/docs', title: () => m.api_docs(), key: 'i', more: true, unfiltered: true }
] as const satisfies readonly PageEntry[];

export type PagePath = (typeof PAGES)[number]['path'];

/** Returns the pages that a visitor sees: all, or those within the scope of the read-only link. */
export function pagesFor(link: Health['read_only'] | undefined): readonly PageEntry[] {
	const entries: readonly PageEntry[] = PAGES;
	if (!link) return entries;
	return entries.filter((entry) =>
		link.scope === 'project' ? entry.link === 'all' : entry.link !== undefined
	);
}

/** Returns whether the page at an address within the app is within the scope of the visitor's read-only link. */
export function isOpenTo(link: Health['read_only'] | undefined, address: string): boolean {
	if (!link) return true;
	const [pathname = ''] = address.split(/[?#]/);
	const entry = pageOf(pathname);
	if (!entry) return isWall(pathname);
	const isBelow = currentOf(entry.path, pathname) !== 'page';
	return pagesFor(link).includes(entry) && !(isBelow && entry.closedBelow);
}

/** Returns the page that the address with `pathname` shows, or shows something below. */
export function pageOf(pathname: string): PageEntry | undefined {
	return PAGES.find(({ path }) => currentOf(path, pathname));
}

/** Returns whether the page at `pathname` depends on the filter. */
export function isFiltered(pathname: string): boolean {
	const entry = pageOf(pathname);
	if (entry?.unfilteredBelow && currentOf(entry.path, pathname) !== 'page') return false;
	return !entry?.unfiltered;
}

/** Where the page for a screen in a room is. */
export const WALL = '/wall';

/** Returns whether the page at `pathname` is that for a screen in a room. */
export function isWall(pathname: string): boolean {
	return withoutBase(pathname) === WALL;
}

/** Returns whether what the page at `pathname` shows is compared with another period. */
export function isCompared(pathname: string): boolean {
	return isFiltered(pathname) && (pageOf(pathname)?.compared ?? false);
}

/**
 * Returns what a link to the page `path` has as `aria-current` at the address with `pathname`:
 * it leads to what is shown, to what that is below, or elsewhere.
 */
export function currentOf(path: string, pathname: string): 'page' | 'true' | undefined {
	const shown = withoutBase(pathname);
	if (path === shown) return 'page';
	return path !== '/' && shown.startsWith(`${path}/`) ? 'true' : undefined;
}
