/** Times as short as milliseconds, and numbers with a unit of time. */

import { UNKNOWN, type Formatter } from '$lib/format/format';

/** Writes a number with at most one decimal and its unit: `1.2s`. */
export function withUnit(
	value: number,
	unit: 'millisecond' | 'second' | 'minute' | 'hour',
	format: Formatter
): string {
	const text = new Intl.NumberFormat(format.locale, {
		style: 'unit',
		unit,
		unitDisplay: 'narrow',
		maximumFractionDigits: 1
	}).format(value);
	return text.replace(/(\d)(?=\p{Script=Han})/gu, '$1\u00a0');
}

/** Writes how long something took: `102ms`, `1.2s`, `2m 5s`. */
export function span(ms: number | null, format: Formatter): string {
	if (ms === null) return UNKNOWN;
	if (ms >= 60_000) return format.duration(ms);
	return ms < 1000
		? withUnit(ms, 'millisecond', format)
		: withUnit(Math.floor(ms / 100) / 10, 'second', format);
}
