/** Tools by who offers them, and in the order that is asked for. */

import type { ToolUsage } from '$lib/api/types';
import { choiceOf } from '$lib/state/filter';
import { sorted, type Sorting } from '$lib/ui/table';

/** What tools are sorted by; the first holds without a choice. */
export const SORTS = ['calls', 'errors', 'error_rate', 'sessions', 'last_at', 'tool'] as const;

/** The tools of an MCP server, or of Claude Code itself. */
export interface ToolGroup {
	/** `null` for Claude Code's own. */
	server: string | null;
	tools: ToolUsage[];
	calls: number;
	errors: number;
}

/** Returns the tools by server: first Claude Code's own, then the servers called most. */
export function groupTools(tools: readonly ToolUsage[]): ToolGroup[] {
	const groups = new Map<string | null, ToolUsage[]>();
	for (const tool of tools) {
		const { mcp_server } = tool;
		groups.set(mcp_server, [...(groups.get(mcp_server) ?? []), tool]);
	}
	return [...groups]
		.map(([server, members]) => ({
			server,
			tools: members,
			calls: members.reduce((sum, { calls }) => sum + calls, 0),
			errors: members.reduce((sum, { errors }) => sum + errors, 0)
		}))
		.sort((one, other) => {
			if (one.server === null || other.server === null) return one.server === null ? -1 : 1;
			return other.calls - one.calls;
		});
}

/** Returns what a tool is called among those of its server: the name without the server's. */
export function shortName({ tool, mcp_server }: Pick<ToolUsage, 'tool' | 'mcp_server'>): string {
	const prefix = `mcp__${mcp_server}__`;
	return mcp_server !== null && tool.startsWith(prefix) ? tool.slice(prefix.length) : tool;
}

/** Returns the sorting of tools in `url`. */
export function sortingOf(url: URL): Sorting {
	const by = choiceOf(url, 'sort', SORTS);
	const order = choiceOf(url, 'order', by === 'tool' ? ['asc', 'desc'] : ['desc', 'asc']);
	return { by, order };
}

/** Returns tools in order. */
export function sortTools(tools: readonly ToolUsage[], { by, order }: Sorting): ToolUsage[] {
	const field = SORTS.find((name) => name === by) ?? SORTS[0];
	return sorted(tools, (tool) => (field === 'tool' ? shortName(tool) : tool[field]), order);
}
