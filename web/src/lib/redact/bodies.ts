/**
 * What the server sends, with aliases in place of names, and requests with the names again.
 *
 * Every name of a project, folder, branch, file, program of a hook, subagent, skill, plugin, MCP server or Claude home comes from a response,
 * as do the texts of notes and the names of saved views, and a link or filter is built from it. So no page has to know
 * about aliases.
 */

import { hideView, revealView } from './address';
import type { Aliases, Kind } from './aliases';
import { hideSetting } from './settings';

/** What the text or the list of texts in a field is. */
const FIELDS: Readonly<Record<string, Kind>> = {
	project: 'project',
	projects: 'project',
	folder: 'folder',
	folders: 'folder',
	repository: 'folder',
	rule: 'folder',
	cwd: 'folder',
	path: 'folder',
	branch: 'branch',
	branches: 'branch',
	session_title: 'session',
	file: 'file',
	pending_files: 'file',
	program: 'file',
	agent_kind: 'agent',
	attributed_agent: 'agent',
	skill: 'skill',
	plugin: 'plugin',
	mcp_server: 'server',
	mcp_tool: 'tool',
	team: 'team',
	teammate: 'agent',
	session_name: 'title'
};

/** What the keys of items are, by what a report is about. */
const REPORTS: Readonly<Record<string, Kind>> = {
	project: 'project',
	branch: 'branch',
	ticket: 'branch',
	pr: 'branch',
	skill: 'skill',
	plugin: 'plugin',
	agent: 'agent',
	mcp: 'server'
};

/** Fields of objects whose `source` is no label of a home: of metadata, a day, a price, a response. */
const OF_OTHER_SOURCES = ['data_version', 'date', 'cache_write_5m', 'copies'];

/** Sentences and settings, which can contain paths. */
const TEXTS = new Set([
	'message',
	'detail',
	'error',
	'problems',
	'toml',
	'text',
	'title',
	'answer'
]);

/** An absolute path, or one below the user's folder. */
const PATH = /(?<![\w:/.])(?:~|[A-Za-z]:)?[\\/][^\s`"',;]+/g;

type Fields = Readonly<Record<string, unknown>>;

/** Returns the body of a response with aliases. */
export function hide(value: unknown, aliases: Aliases): unknown {
	if (Array.isArray(value)) return value.map((item) => hide(item, aliases));
	if (typeof value === 'string') return isMcpTool(value) ? aliases.of('tool', value) : value;
	if (!isFields(value)) return value;
	if ('env' in value && 'help' in value) return hideSetting(value);
	return Object.fromEntries(
		Object.entries(value).map(([field, of]) => [field, hideField(field, of, value, aliases)])
	);
}

function hideField(field: string, of: unknown, within: Fields, aliases: Aliases): unknown {
	if (field === 'path' && typeof of === 'string' && 'name' in within) {
		// The address of a new link is its secret, and no view.
		return 'scope' in within ? of : hideView(of, aliases);
	}
	const kind = kindOf(field, within);
	if (kind && typeof of === 'string') return aliases.of(kind, of);
	if (kind && Array.isArray(of) && of.every((item) => typeof item === 'string')) {
		return of.map((name) => aliases.of(kind, name));
	}
	if ((field === 'folders' || field === 'undo') && isFields(of)) {
		return hideRules(isFields(of.folders) ? of.folders : of, aliases);
	}
	if ((field === 'label' || field === 'project_label') && typeof within.project === 'string') {
		return aliases.of('project', within.project);
	}
	const report = { series: within.group, items: within.by }[field];
	if (typeof report === 'string' && Object.hasOwn(REPORTS, report) && Array.isArray(of)) {
		const kind = REPORTS[report] as Kind;
		return of.map((item) => hideKeyed(item, kind, aliases));
	}
	if (TEXTS.has(field)) return hideTexts(of, aliases);
	return hide(of, aliases);
}

function kindOf(field: string, within: Fields): Kind | undefined {
	// That of an alert, which its person named.
	if (field === 'rule' && 'watches' in within) return undefined;
	// A folder moves from one project to another.
	if ((field === 'from' || field === 'to') && 'folder' in within) return 'project';
	if (field === 'source') {
		return OF_OTHER_SOURCES.some((other) => other in within) ? undefined : 'home';
	}
	if (field === 'text' && 'date' in within) return 'note';
	if (field === 'home' && 'currency' in within) return 'home';
	if (field === 'name' && 'scope' in within) return 'link';
	if (field === 'name' && 'path' in within) return 'view';
	if (field === 'of' && 'scope' in within) return within.scope === 'home' ? 'home' : 'project';
	return Object.hasOwn(FIELDS, field) ? FIELDS[field] : undefined;
}

/** Hides the folders of rules and their projects. */
function hideRules(rules: Fields, aliases: Aliases): unknown {
	const hidden = Object.entries(rules).map(([folder, project]) => [
		aliases.of('folder', folder),
		typeof project === 'string' ? aliases.of('project', project) : project
	]);
	return Object.fromEntries(hidden);
}

/** Hides the name of a series or an item, and what else it has; the rest of them has no key. */
function hideKeyed(item: unknown, kind: Kind, aliases: Aliases): unknown {
	const hidden = hide(item, aliases);
	if (!isFields(item) || !isFields(hidden) || typeof item.key !== 'string') return hidden;
	const alias = aliases.of(kind, item.key);
	return { ...hidden, key: alias, label: alias };
}

function hideTexts(value: unknown, aliases: Aliases): unknown {
	if (typeof value === 'string') return aliases.within(hidePaths(value));
	return Array.isArray(value) ? value.map((text) => hideTexts(text, aliases)) : value;
}

/** Returns a sentence without the paths in it. */
export function hidePaths(text: string): string {
	return text.replace(PATH, '…');
}

/** Returns whether a name is that of an MCP tool, which its server is part of; all others are Claude Code's own. */
export function isMcpTool(name: string): boolean {
	return name.startsWith('mcp__');
}

/** Returns the body of a request with names in place of aliases. */
export function reveal(value: unknown, aliases: Aliases): unknown {
	if (typeof value === 'string') return aliases.behind(value);
	if (Array.isArray(value)) return value.map((item) => reveal(item, aliases));
	if (!isFields(value)) return value;
	return Object.fromEntries(
		Object.entries(value).map(([field, of]) => {
			const isView = field === 'path' && typeof of === 'string';
			return [aliases.behind(field), isView ? revealView(of, aliases) : reveal(of, aliases)];
		})
	);
}

function isFields(value: unknown): value is Fields {
	return typeof value === 'object' && value !== null && !Array.isArray(value);
}
