import type { Result } from '$lib/api/client';
import type { SessionResponse } from '$lib/api/types';
import type { SessionApi } from './api';

/** As many responses as the server lists at once, and how often it is asked. */
const AT_ONCE = 500;
const MOST_PAGES = 20;

/** The responses of a session in order of time. */
export interface Whole {
	items: SessionResponse[];
	/** How many there are, which may be more. */
	total: number;
}

/** Returns all responses of a session, or the first ten thousand. */
export async function allResponses(
	api: Pick<SessionApi, 'responses'>,
	id: string
): Promise<Result<Whole>> {
	const items: SessionResponse[] = [];
	let cursor: string | undefined;
	let total = 0;
	for (let page = 0; page < MOST_PAGES; page++) {
		const result = await api.responses(id, { limit: AT_ONCE, order: 'asc', cursor });
		if (!result.ok) return result;
		items.push(...result.value.items);
		total = result.value.total;
		if (result.value.next_cursor === null) break;
		cursor = result.value.next_cursor;
	}
	return { ok: true, value: { items, total } };
}
