/** Notes and markers in words. */

import type { Marker, Price } from '$lib/api/types';
import type { Formatter } from '$lib/format/format';
import { printable } from '$lib/format/name';
import { m } from '$lib/paraglide/messages';
import type { Marks } from './marks';

/** The rates of a price that are compared, by what they are called. */
const RATES = [
	['input', m.input],
	['output', m.output],
	['cache_read', m.cache_read],
	['cache_write_5m', m.cache_write_5m],
	['cache_write_1h', m.cache_write_1h]
] as const;

/** Returns a marker in words. */
export function markerWords({ kind, names, more, price }: Marker, format: Formatter): string {
	const joined = names.map(printable).join(', ');
	const all = more > 0 ? m.marker_more({ names: joined, more: format.count(more) }) : joined;
	if (kind === 'version') return m.marker_version({ names: all });
	if (kind === 'model' || !price) return m.marker_model({ names: all });
	return m.marker_price({ model: all, changes: changed(price.before, price.after, format) });
}

function changed(before: Price, after: Price, format: Formatter): string {
	return RATES.filter(([rate]) => before[rate] !== after[rate])
		.map(([rate, name]) =>
			m.marker_rate({
				kind: name(),
				before: format.price(before[rate]),
				after: format.price(after[rate])
			})
		)
		.join(', ');
}

/** Returns the marks of a point in words, or nothing where there are none. */
export function marksWords(marks: Marks | null | undefined, format: Formatter): string | undefined {
	if (!marks) return undefined;
	const notes = marks.notes.map(({ text }) => printable(text));
	return [...notes, ...marks.markers.map((marker) => markerWords(marker, format))].join(' · ');
}
