/** Addresses of the page with aliases in place of names, and with names again. */

import type { Aliases, Kind } from './aliases';
import { isMcpTool } from './bodies';

/** What a parameter of an address names. */
const PARAMETERS: Readonly<Record<string, Kind>> = {
	project: 'project',
	with: 'project',
	cwd: 'folder',
	home: 'home',
	source: 'home',
	tool: 'tool',
	skill: 'skill',
	plugin: 'plugin',
	agent: 'agent',
	mcp: 'server',
	only_tool: 'tool',
	branch: 'branch',
	ticket: 'branch',
	pr: 'branch'
};

/** The page of a project. */
const PROJECT = /\/projects\/([^/]+)$/;

/** Returns an address with aliases. What was searched for may be a name, and is left out. */
export function hideAddress(address: URL, aliases: Aliases): URL {
	const hidden = changed(address, (kind, name) => {
		const isKept = aliases.behind(name) !== name || (kind === 'tool' && !isMcpTool(name));
		return isKept ? name : aliases.of(kind, name);
	});
	const text = hidden.searchParams.get('q');
	if (text !== null && aliases.behind(text) === text) hidden.searchParams.delete('q');
	return hidden;
}

/** Returns the path of a saved view with aliases. */
export function hideView(path: string, aliases: Aliases): string {
	return withinServer(path, (address) => hideAddress(address, aliases));
}

/** Returns the path of a saved view with names. */
export function revealView(path: string, aliases: Aliases): string {
	return withinServer(path, (address) => revealAddress(address, aliases));
}

/** Changes a path as an address of any server. */
function withinServer(path: string, change: (address: URL) => URL): string {
	const { pathname, search } = change(new URL(path, 'http://server'));
	return pathname + search;
}

/** Returns an address with names. */
export function revealAddress(address: URL, aliases: Aliases): URL {
	const revealed = changed(address, (_, alias) => aliases.behind(alias));
	const text = revealed.searchParams.get('q');
	if (text !== null) revealed.searchParams.set('q', aliases.behind(text));
	return revealed;
}

function changed(address: URL, change: (kind: Kind, name: string) => string): URL {
	const url = new URL(address);
	const id = PROJECT.exec(url.pathname)?.[1];
	if (id !== undefined) {
		const name = encodeURIComponent(change('project', decodeURIComponent(id)));
		url.pathname = url.pathname.replace(PROJECT, () => `/projects/${name}`);
	}
	const parameters = [...url.searchParams].map(([parameter, value]) => {
		const kind = Object.hasOwn(PARAMETERS, parameter) ? PARAMETERS[parameter] : undefined;
		return [parameter, kind ? change(kind, value) : value];
	});
	url.search = new URLSearchParams(parameters).toString();
	return url;
}
