/** Names each of `tools` once, with how often it was called. */
export function toolsOf(tools: readonly string[]): string[] {
	const counts = new Map<string, number>();
	for (const tool of tools) counts.set(tool, (counts.get(tool) ?? 0) + 1);
	return [...counts].map(([tool, count]) => (count > 1 ? `${tool} ×${count}` : tool));
}
