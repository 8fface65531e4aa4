/** Where a change of a figure is explained. */

import type { ChangedField } from '$lib/api/types';
import { m } from '$lib/paraglide/messages';
import type { FilterState } from './filter.svelte';
import type { Selection } from './filter';
import { SUMMED } from './metrics';

/** Returns the page that explains the change of a figure, and its name. */
export function changePlace(
	field: ChangedField,
	filter: Pick<FilterState, 'href'>,
	selection: Partial<Selection> = {}
): { href: string; place: string } {
	if (field === 'cache_hit_rate') {
		return { href: filter.href('/cache', selection), place: m.cache() };
	}
	// Sessions are not a figure with parts: the list shows the change of each.
	const own: Record<string, string> = SUMMED.some((metric) => metric === field)
		? { metric: field }
		: { by: 'session' };
	return { href: filter.href('/changes', selection, own), place: m.changes() };
}
