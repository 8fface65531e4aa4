/** Changes of notes: endpoints that only the editor uses. */

import { connect } from '$lib/api/client';
import type { Note } from '$lib/api/types';

type Written = Pick<Note, 'date' | 'text'>;

/** Returns the endpoints as functions over `fetch`. */
export function createNotesApi(fetch: typeof globalThis.fetch) {
	const { client, settle } = connect(fetch);
	return {
		addNote: (note: Written) => settle(client.POST('/api/v1/notes', { body: note })),
		changeNote: (id: string, note: Written) =>
			settle(client.PATCH('/api/v1/notes/{id}', { params: { path: { id } }, body: note })),
		removeNote: (id: string) =>
			settle(client.DELETE('/api/v1/notes/{id}', { params: { path: { id } } }))
	};
}
