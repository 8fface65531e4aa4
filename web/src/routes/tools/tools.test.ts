import { expect, test } from 'vitest';
import type { ToolUsage } from '$lib/api/types';
import { groupTools, shortName, sortingOf, sortTools } from './tools';

function tool(
	name: string,
	calls: number,
	errors: number,
	server: string | null = null
): ToolUsage {
	return {
		tool: name,
		mcp_server: server,
		calls,
		errors,
		error_rate: errors / calls,
		sessions: 1,
		last_at: null
	};
}

const tools = [
	tool('mcp__small__one', 3, 0, 'small'),
	tool('Bash', 10, 5),
	tool('mcp__large__one', 4, 1, 'large'),
	tool('mcp__large__two', 20, 2, 'large'),
	tool('Read', 8, 0)
];

test('own tools come first, then the servers called most', () => {
	const groups = groupTools(tools).map(({ server, calls, errors }) => [server, calls, errors]);
	expect(groups).toEqual([
		[null, 18, 5],
		['large', 24, 3],
		['small', 3, 0]
	]);
});

test('a tool of a server is named without it', () => {
	expect(tools.map(shortName)).toEqual(['one', 'Bash', 'one', 'two', 'Read']);
	expect(shortName({ tool: 'odd', mcp_server: 'large' })).toBe('odd');
});

test('the URL sets the order; numbers descend and names ascend by default', () => {
	const sorting = (query: string) => sortingOf(new URL(`http://localhost/tools?${query}`));
	expect(sorting('')).toEqual({ by: 'calls', order: 'desc' });
	expect(sorting('sort=error_rate&order=asc')).toEqual({ by: 'error_rate', order: 'asc' });
	expect(sorting('sort=tool')).toEqual({ by: 'tool', order: 'asc' });
	expect(sorting('sort=colour')).toEqual({ by: 'calls', order: 'desc' });
});

test('tools are sorted by the chosen column', () => {
	const names = (by: string) => sortTools(tools, { by, order: 'desc' }).map(({ tool }) => tool);
	expect(names('error_rate')[0]).toBe('Bash');
	expect(names('calls')[0]).toBe('mcp__large__two');
});
