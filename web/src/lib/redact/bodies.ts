/**
 * What the server sends, with aliases in place of names, and requests with the names again.
 *
 * Every name of a project, folder, branch, file, subagent, skill, plugin or MCP server comes from a response, and a
 * link or filter is built from it. So no page has to know about aliases.
 */

import type { Aliases, Kind } from './aliases';

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
	file: 'file',
	pending_files: 'file',
	agent_kind: 'agent',
	attributed_agent: 'agent',
	skill: 'skill',
	plugin: 'plugin',
	mcp_server: 'server',
	mcp_tool: 'tool'
};

/** Sentences and settings, which can contain paths. */
const TEXTS = new Set(['message', 'detail', 'error', 'value', 'default', 'problems', 'toml']);

/** An absolute path, or one below the user's folder. */
const PATH = /(?<![\w:/.])(?:~|[A-Za-z]:)?[\\/][^\s`"',;]+/g;

type Fields = Readonly<Record<string, unknown>>;

/** Returns the body of a response with aliases. */
export function hide(value: unknown, aliases: Aliases): unknown {
	if (Array.isArray(value)) return value.map((item) => hide(item, aliases));
	if (typeof value === 'string') return isMcpTool(value) ? aliases.of('tool', value) : value;
	if (!isFields(value)) return value;
	return Object.fromEntries(
		Object.entries(value).map(([field, of]) => [field, hideField(field, of, value, aliases)])
	);
}

function hideField(field: string, of: unknown, within: Fields, aliases: Aliases): unknown {
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
	if (field === 'source' && typeof of === 'string' && isPath(of)) return aliases.of('folder', of);
	if (field === 'series' && within.group === 'project' && Array.isArray(of)) {
		return of.map((series) => hideSeries(series, aliases));
	}
	if (field === 'items' && within.by === 'project' && Array.isArray(of)) {
		return of.map((item) => hideSeries(item, aliases));
	}
	if (TEXTS.has(field)) return hideTexts(of);
	return hide(of, aliases);
}

function kindOf(field: string, within: Fields): Kind | undefined {
	// A folder moves from one project to another.
	if ((field === 'from' || field === 'to') && 'folder' in within) return 'project';
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

/** Hides the project of a series or a change; the rest of the projects has no key. */
function hideSeries(series: unknown, aliases: Aliases): unknown {
	if (!isFields(series) || typeof series.key !== 'string') return series;
	const alias = aliases.of('project', series.key);
	return { ...series, key: alias, label: alias };
}

function hideTexts(value: unknown): unknown {
	if (typeof value === 'string') return hidePaths(value);
	return Array.isArray(value) ? value.map(hideTexts) : value;
}

/** Returns a sentence without the paths in it. */
export function hidePaths(text: string): string {
	return text.replace(PATH, '…');
}

/** Returns whether a name is that of an MCP tool, which its server is part of; all others are Claude Code's own. */
export function isMcpTool(name: string): boolean {
	return name.startsWith('mcp__');
}

function isPath(text: string): boolean {
	return /^(?:~|[A-Za-z]:)?[\\/]/.test(text);
}

/** Returns the body of a request with names in place of aliases. */
export function reveal(value: unknown, aliases: Aliases): unknown {
	if (typeof value === 'string') return aliases.behind(value);
	if (Array.isArray(value)) return value.map((item) => reveal(item, aliases));
	if (!isFields(value)) return value;
	return Object.fromEntries(
		Object.entries(value).map(([field, of]) => [aliases.behind(field), reveal(of, aliases)])
	);
}

function isFields(value: unknown): value is Fields {
	return typeof value === 'object' && value !== null && !Array.isArray(value);
}
