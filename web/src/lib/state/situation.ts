import type { ConditionCode, Health, HealthCondition } from '$lib/api/types';

/** Conditions under which what was written last is not in the figures, though queries are answered. */
const HINDERS: ReadonlySet<ConditionCode> = new Set([
	'database_locked',
	'database_slow',
	'home_unreadable',
	'reading_behind'
]);

/**
 * What a page has to say as a whole.
 *
 * `ready` covers every case in which there are numbers, and those in which each card shows by
 * itself what it is waiting for.
 */
export type Situation =
	| 'ready'
	| 'empty_filter'
	| 'empty_range'
	| 'empty_ever'
	| 'scanning'
	| 'claude_dir_missing'
	| 'claude_dir_unreadable';

/** The request. */
export interface Asked {
	/** Whether all days were. */
	everything: boolean;
	/** Whether some projects, models or sources were left out. */
	narrowed: boolean;
}

/** Returns the situation; `isEmpty` is `null` before there is an answer. */
export function situationOf(
	health: Health | null,
	isEmpty: boolean | null,
	{ everything, narrowed }: Asked
): Situation {
	if (isEmpty === false) return 'ready';
	// No page has anything to show, whatever it asks for.
	if (health && isFirstRun(health)) return hindranceOf(health) ?? 'empty_ever';
	if (!isEmpty) return 'ready';
	const hindrance = health && hindranceOf(health);
	if (hindrance) return hindrance;
	if (narrowed) return 'empty_filter';
	return everything ? 'empty_ever' : 'empty_range';
}

/** Returns why there may be more than what was read. */
function hindranceOf({ ingest, claude_dir }: Health): Situation | null {
	if (!claude_dir.exists) return 'claude_dir_missing';
	if (!claude_dir.readable) return 'claude_dir_unreadable';
	return ingest.state === 'scanning' ? 'scanning' : null;
}

/** Returns whether the server is still reading for the first time, or waits for something to read. */
export function isPreparing(health: Health): boolean {
	return isFirstRun(health) || hindranceOf(health) !== null;
}

/** Returns whether figures grow because transcripts are still being read: a change from a period would be one of reading. */
export function isScanning(health: Health | null): boolean {
	return health?.ingest.state === 'scanning';
}

/** Returns whether nothing was ever stored. */
export function isFirstRun({ database }: Health): boolean {
	return database.ok && !database.has_usage;
}

/** Returns whether a condition keeps what was written last out of the figures. */
export function hindersReading({ code, severity }: HealthCondition): boolean {
	return severity === 'unhealthy' || HINDERS.has(code);
}
