/**
 * Axes: the labelled values of a chart, and their positions.
 *
 * d3-scale can map numbers too, and with that it brings colours, dates and formats: 11 kB, which
 * every page with a chart would load for a multiplication. The hard part, round numbers, is
 * d3-array's.
 */

import { nice, ticks } from 'd3-array';
import { linear, type Scale, type Span } from './linear';
import { widthOf } from './text';

export interface Tick {
	value: number;
	at: number;
}

export interface Axis {
	at: Scale;
	ticks: Tick[];
}

interface AxisOptions {
	/** The pixels of the lowest and of the highest value. */
	range: Span;
	/** Whether there is nothing between whole numbers, as with things that are counted. */
	whole?: boolean;
	/** The value that the axis ends with, where it is not to follow the data. */
	end?: number;
}

/** The least distance between two values on the axis, in pixels. */
export const VALUE_EVERY_PX = 44;

/**
 * Returns the axis that shows zero, `lowest` and `highest`, and ends with round numbers.
 *
 * Without a value that differs from zero there is only the zero.
 */
export function valueAxis(lowest: number, highest: number, options: AxisOptions): Axis {
	const { range, whole = false, end } = options;
	const low = Math.min(0, lowest);
	const high = end ?? Math.max(0, highest);
	if (low === high) return { at: linear([0, 1], range), ticks: [{ value: 0, at: range[0] }] };
	const most = Math.max(2, Math.floor(Math.abs(range[1] - range[0]) / VALUE_EVERY_PX));
	const domain: Span = end === undefined ? nice(low, high, most) : [low, high];
	const at = linear(domain, range);
	return {
		at,
		ticks: ticks(...domain, most)
			.filter((value) => !whole || Number.isInteger(value))
			.map((value) => ({ value, at: at(value) }))
	};
}

/** Returns at most `most` of `count` positions, evenly spaced, the last one among them. */
export function everyNth(count: number, most: number): number[] {
	const step = Math.max(1, Math.ceil(count / Math.max(1, most)));
	return Array.from({ length: Math.ceil(count / step) }, (_, index) => count - 1 - index * step);
}

/** Returns the room that `labels` need next to an axis, in pixels. */
export function roomFor(labels: readonly string[]): number {
	return Math.ceil(Math.max(24, ...labels.map((label) => widthOf(label)))) + 10;
}
