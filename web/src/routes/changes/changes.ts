/** What changed between two periods: which items there are, and where each leads. */

import type { ChangeStats, ChangedItem } from '$lib/api/types';
import type { Selection } from '$lib/state/filter';
import { projectPath, sessionPath } from '$lib/state/links';

export const ITEMS = ['model', 'project', 'tool', 'session', 'agent', 'skill', 'version'] as const;
export type Items = (typeof ITEMS)[number];

/** A row of the table: an item, all further ones, or the sum. */
export type Row = Pick<
	ChangedItem,
	'current' | 'current_certainty' | 'previous' | 'previous_certainty' | 'difference'
> & {
	key: string;
	item: ChangedItem | null;
	/** How many further items it has. */
	rest?: number;
};

/** Returns the rows: they add up to the last one. */
export function rowsOf({ items, rest, rest_count, total }: ChangeStats): Row[] {
	return [
		...items.map((item) => ({ ...item, item })),
		...(rest ? [{ ...rest, key: 'rest', item: null, rest: rest_count }] : []),
		{ ...total, key: 'total', item: null }
	];
}

/** The page of an item, what its filter changes, and parameters of its own. */
export interface Destination {
	path: string;
	change: Partial<Selection>;
	own: Record<string, string>;
}

/** Returns where an item leads: the period is that of its usage. */
export function destinationOf(
	by: Items,
	{ key, presence }: Pick<ChangedItem, 'key' | 'presence'>,
	previous: { from: string; to: string } | null
): Destination {
	const period = presence === 'gone' && previous ? previous : null;
	const days = period ? { period: { from: period.from, to: period.to } } : {};
	switch (by) {
		case 'model':
			return { path: '/models', change: { ...days, models: [key] }, own: {} };
		case 'project':
			return { path: projectPath(key), change: { ...days, projects: [] }, own: {} };
		case 'tool':
			return { path: '/responses', change: days, own: { tool: key } };
		case 'agent':
		case 'skill':
		case 'version':
			return key
				? { path: '/responses', change: days, own: { [by]: key } }
				: { path: '/by', change: days, own: by === 'skill' ? {} : { by } };
		case 'session':
			return { path: sessionPath(key), change: days, own: {} };
	}
}
