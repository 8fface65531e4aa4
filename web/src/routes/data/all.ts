import type { Result } from '$lib/api/client';
import type { FoldersOfProject, Meta } from '$lib/api/types';
import type { DataApi } from './api';

/** As many projects as the server lists at once, and how often it is asked. */
const AT_ONCE = 500;
const MOST_PAGES = 20;

/** The projects, those that cost the most first. */
export interface All {
	meta: Meta;
	items: FoldersOfProject[];
	/** How many there are, which may be more. */
	total: number;
}

/** Returns all projects with their folders, or the first ten thousand. */
export async function allProjects(api: Pick<DataApi, 'projectFolders'>): Promise<Result<All>> {
	const items: FoldersOfProject[] = [];
	let cursor: string | undefined;
	for (let page = 1; ; page++) {
		const result = await api.projectFolders({ limit: AT_ONCE, cursor });
		if (!result.ok) return result;
		const { meta, total, next_cursor } = result.value;
		items.push(...result.value.items);
		if (next_cursor === null || page === MOST_PAGES) {
			return { ok: true, value: { meta, items, total } };
		}
		cursor = next_cursor;
	}
}
