import type { Health } from '$lib/api/types';

type Home = Health['claude_dir'];

/** Returns the homes in their order, with those that share a label and a state as one and their number. */
export function homesByLabel(homes: readonly Home[]): { dir: Home; count: number }[] {
	const groups = new Map<string, { dir: Home; count: number }>();
	for (const dir of homes) {
		const key = JSON.stringify([dir.label, dir.exists, dir.readable]);
		const group = groups.get(key);
		if (group) group.count += 1;
		else groups.set(key, { dir, count: 1 });
	}
	return [...groups.values()];
}
