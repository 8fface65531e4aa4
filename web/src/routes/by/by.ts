/** The breakdown of usage: the tabs of the page, and the rows of a table. */

import type { ByStats, SharedUsage, Usage } from '$lib/api/types';
import { printable } from '$lib/format/name';
import { m } from '$lib/paraglide/messages';

export const TABS = [
	'skill',
	'plugin',
	'agent',
	'mcp',
	'tool',
	'effort',
	'entrypoint',
	'version',
	'branch',
	'ticket',
	'pr'
] as const;
export type Tab = (typeof TABS)[number];

export const TAB_WORDS: Record<Tab, () => string> = {
	skill: () => m.by_skill(),
	plugin: () => m.by_plugin(),
	agent: () => m.by_agent(),
	mcp: () => m.by_mcp(),
	tool: () => m.tools_tool(),
	effort: () => m.by_effort(),
	entrypoint: () => m.by_entrypoint(),
	version: () => m.by_version(),
	branch: () => m.by_branch(),
	ticket: () => m.by_ticket(),
	pr: () => m.by_pr()
};

/** How many named items are listed, by the parameter `rows`: few, or as many as the server lists at once. */
export const ROWS = ['few', 'all'] as const;
export const LIMITS: Record<(typeof ROWS)[number], number> = { few: 100, all: 500 };

/** A row: an item, all further ones, or the sum. */
export interface ByRow {
	key: string;
	name: string;
	usage: Usage;
	/** The part of subagents. */
	subagents: Usage;
	/** What narrows the list of responses to its own, if that is possible. */
	own?: Record<string, string>;
	/** How many responses have an unreliable attribution. */
	unreliable: number;
}

function nameOf({ key, kind }: ByStats['items'][number]): string {
	if (kind === 'main') return m.by_main();
	if (kind === 'several') return m.by_several();
	return key === null || key === undefined ? m.by_none() : printable(key);
}

/** Returns what narrows the list of responses to those of an item. */
function narrowingOf(by: string, { key, kind }: ByStats['items'][number]): ByRow['own'] {
	if (kind === 'main') return { sidechain: 'false' };
	if (kind === 'several') return { several_tools: 'true' };
	if (kind === 'none') return { without: by };
	return key ? { [by === 'tool' ? 'only_tool' : by]: key } : undefined;
}

/** Returns the rows: named items, further ones, those without a name, and the sum of all. */
export function rowsOf(by: ByStats, others: string): ByRow[] {
	const rows = by.items.map((item) => ({
		key: `${item.kind} ${item.key ?? ''}`,
		name: nameOf(item),
		usage: item,
		subagents: item.subagents,
		unreliable: item.unreliable_responses,
		own: narrowingOf(by.by, item)
	}));
	const named = by.items.filter(({ kind }) => kind === 'named').length;
	const sum = (key: string, name: string, usage: SharedUsage) => ({
		key,
		name,
		usage,
		subagents: usage.subagents,
		unreliable: 0
	});
	const rest = by.rest ? [sum('rest', others, by.rest)] : [];
	const total = { ...sum('total', m.total(), by.totals), own: {} };
	return [...rows.slice(0, named), ...rest, ...rows.slice(named), total];
}
