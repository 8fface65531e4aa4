/**
 * Sessions by a part of their id, project or branch.
 *
 * The server lists sessions by what they used; it has no words to search by. So its list is gone
 * through, as far as that takes no noticeable time.
 */

import type { Api, Result } from '$lib/api/client';
import type { Filter, Page, Session, Sessions } from '$lib/api/types';

/** As many sessions as the server lists at once, and how often it is asked. */
const AT_ONCE = 500;
const MOST_PAGES = 20;

export interface Wanted {
	/** All of its words are to occur, and an id is to begin with one. */
	text: string;
	/** Whether only active ones are requested. */
	active: boolean;
}

/** What was found; `next_cursor` is where the search was cancelled. */
export type Found = Sessions;

/** Returns the sessions of `question` that match `wanted`, as one list. */
export async function findSessions(
	api: Pick<Api, 'sessions'>,
	question: Filter & Page,
	wanted: Wanted
): Promise<Result<Found>> {
	const items: Session[] = [];
	let cursor: string | undefined;
	let last: Sessions | null = null;
	for (let page = 0; page < MOST_PAGES; page++) {
		const result = await api.sessions({ ...question, limit: AT_ONCE, cursor });
		if (!result.ok) return result;
		last = result.value;
		items.push(...last.items.filter((session) => matches(session, wanted)));
		if (last.next_cursor === null) break;
		cursor = last.next_cursor;
	}
	if (!last) throw new Error('at least one page is asked for');
	return { ok: true, value: { ...last, items, total: items.length } };
}

/** Returns whether `session` matches the search. */
export function matches(session: Session, { text, active }: Wanted): boolean {
	if (active && !session.active) return false;
	const searched = `${session.project}\n${session.branch ?? ''}`.toLowerCase();
	const words = text.toLowerCase().split(/\s+/).filter(Boolean);
	return words.every((word) => session.id.startsWith(word) || searched.includes(word));
}
