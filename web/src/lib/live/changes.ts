/** What an update of the server touched, so that only that is asked for again. */

import type { ChangedPart } from '$lib/api/types';

export interface Changes {
	parts: readonly ChangedPart[];
	/** Ids of sessions. */
	sessions: readonly string[];
}

/** A version of the data, and how it differs from the one announced before. */
export interface Announcement {
	version: number;
	/** `null` when anything may have changed. */
	changes: Changes | null;
	/** Whether another run of the server announced it than the version before, which compares with no other. */
	isOther: boolean;
}

/** Returns the changes of an update, or `null` if they may be incomplete. */
export function readChanges(update: {
	changed: readonly ChangedPart[];
	session_ids: readonly string[];
	more: boolean;
}): Changes | null {
	return update.more ? null : { parts: update.changed, sessions: update.session_ids };
}

/** Returns whether nothing changed. */
export function isNothing(changes: Changes | null): boolean {
	return changes !== null && changes.parts.length + changes.sessions.length === 0;
}

/** Returns two announcements as one. */
export function merge(earlier: Announcement | null, later: Announcement): Announcement {
	if (!earlier) return later;
	const { version } = later;
	const isOther = earlier.isOther || later.isOther;
	if (!earlier.changes || !later.changes) return { version, changes: null, isOther };
	const parts = new Map(
		[...earlier.changes.parts, ...later.changes.parts].map((part) => [
			JSON.stringify([part.date, part.project, part.model]),
			part
		])
	);
	const sessions = new Set([...earlier.changes.sessions, ...later.changes.sessions]);
	return { version, changes: { parts: [...parts.values()], sessions: [...sessions] }, isOther };
}

/**
 * Returns whether `changes` touched any of `projects` and any of `models`, where none means all.
 *
 * Days are ignored: most response bodies include today's usage, whatever else they cover.
 */
export function touches(
	changes: Changes | null,
	{ projects, models }: { projects: readonly string[]; models: readonly string[] }
): boolean {
	if (!changes) return true;
	const among = (wanted: readonly string[], value: string) =>
		wanted.length === 0 || wanted.includes(value);
	return changes.parts.some(
		({ project, model }) => among(projects, project) && among(models, model)
	);
}
