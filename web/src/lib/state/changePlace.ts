/** Where a change of a figure is explained. */

import type { ChangedField } from '$lib/api/types';
import { m } from '$lib/paraglide/messages';
import type { FilterState } from './filter.svelte';
import type { Selection } from './filter';

/** The figures whose parts are on the page of changes. */
const SUMMED: ReadonlySet<ChangedField> = new Set<ChangedField>([
	'cost_usd',
	'total_tokens',
	'input_tokens',
	'output_tokens',
	'cache_read_tokens',
	'cache_write_5m_tokens',
	'cache_write_1h_tokens',
	'responses'
]);

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
	const own: Record<string, string> = SUMMED.has(field) ? { metric: field } : { by: 'session' };
	return { href: filter.href('/changes', selection, own), place: m.changes() };
}
