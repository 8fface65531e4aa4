/** Description of a point: the same words in the tooltip and for screen readers. */

import type { Write } from '$lib/format/format';
import { m } from '$lib/paraglide/messages';
import { totalsOf, writeAt, type Bounded, type Columns } from './columns';

export interface ReadingRow {
	label: string;
	value: string;
	/** The colour slot of a series. */
	slot?: number;
}

export interface Reading {
	/** Which point it is. */
	title: string;
	/** What the point is worth as a whole. */
	total?: string;
	/** What that is made of. */
	rows?: readonly ReadingRow[];
	/** A note, such as why a value is unknown. */
	note?: string;
}

/** Returns `reading` as one line of text. */
export function speak({ title, total, rows = [], note }: Reading): string {
	const parts = rows.map(({ label, value }) => `${label} ${value}`);
	return [total === undefined ? title : `${title}: ${total}`, ...parts, note ?? '']
		.filter(Boolean)
		.join('; ');
}

/** The same points of an earlier period. */
export interface Earlier extends Bounded {
	/** How that period is called. */
	label: string;
	/** Names a point of it. */
	point?: (index: number) => string;
}

/** Returns `reading` with what the earlier period was at the same point. */
export function besideEarlier(
	reading: Reading,
	index: number,
	earlier: Earlier | null,
	words: Pick<Words, 'value'>
): Reading {
	if (!earlier) return reading;
	const label = earlier.point ? `${earlier.label} (${earlier.point(index)})` : earlier.label;
	const value = writeAt(earlier, index, words.value);
	return { ...reading, rows: [...(reading.rows ?? []), { label, value }] };
}

/** What no point should exceed. */
export interface Target {
	value: number;
	/** How it is called. */
	label: string;
}

/** Returns `reading` with the target of each point. */
export function besideTarget(
	reading: Reading,
	target: Target | null,
	words: Pick<Words, 'value'>
): Reading {
	if (!target) return reading;
	const row = { label: target.label, value: words.value(target.value, 'exact') };
	return { ...reading, rows: [...(reading.rows ?? []), row] };
}

/** What a point is marked with. */
export interface PointMark {
	/** Whether a person noted something. */
	noted: boolean;
	/** Whether something follows from the data, such as a changed price. */
	derived: boolean;
}

/** How the points and values of a chart are written. */
export interface Words {
	value: Write;
	/** A short axis label of a value. */
	axis: (value: number) => string;
	/** A point in full. */
	point: (point: string, index: number) => string;
	/** A point below an axis, in few letters. */
	tick: (point: string, index: number) => string;
	/** Returns at most so many points that are written out; by default they are evenly spaced. */
	ticks?: (points: readonly string[], most: number) => number[];
	/** Returns the note of a point. */
	note?: (index: number) => string | undefined;
	/** Why a value is unknown. */
	unknown?: string;
}

/** Returns what `columns` say of a point; a series that is zero there is left out. */
export function readingOf(columns: Columns, index: number, words: Words): Reading {
	const { points, series, totals, hollow, partial } = columns;
	const parts = series.map((one) => ({
		label: one.label,
		slot: one.slot,
		known: one.values[index] ?? null,
		value: writeAt(one, index, words.value)
	}));
	if (columns.blank?.has(index)) {
		return { title: words.point(points[index] ?? '', index), total: m.no_data() };
	}
	const total = totals[index] ?? null;
	const unknown = total === null || parts.some(({ known }) => known === null);
	return {
		title: words.point(points[index] ?? '', index),
		total: writeAt(totalsOf(columns), index, words.value),
		rows:
			series.length < 2
				? []
				: parts
						.filter(({ known }) => known !== 0)
						.map(({ label, slot, value }) => ({ label, slot, value })),
		note:
			[
				words.note?.(index),
				partial?.has(index) ? m.trends_partial_point() : undefined,
				hollow?.[index]?.note ?? (unknown ? words.unknown : undefined)
			]
				.filter(Boolean)
				.join(' · ') || undefined
	};
}
