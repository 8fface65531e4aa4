/** Stacked bars: from columns to shapes, and from a place back to what is drawn there. */

import { extent } from 'd3-array';
import type { Columns, Known } from './columns';
import { stackUp, type Part } from './paths';
import { px } from './linear';
import { everyNth, roomFor, valueAxis } from './scale';

export interface Size {
	width: number;
	height: number;
}

/** The room around a drawing, in pixels, for the labels of the axes. */
export const MARGIN = { top: 10, right: 12, bottom: 24 } as const;

/** The least distance between two points that are written out, in pixels. */
export const POINT_EVERY_PX = 72;

/** The widest bar, in pixels: a single day should not fill the chart. */
const WIDEST_PX = 48;

/** From which width on, in pixels, a bar is large enough for round corners and joints. */
const ROOMY_PX = 6;

interface Options extends Size {
	/** Writes a value on the axis. */
	axisLabel: (value: number) => string;
	/** Whether there is nothing between whole numbers. */
	whole?: boolean;
	/** The same points of an earlier period; what goes beyond them is left out. */
	previous?: readonly Known[] | null;
	/** What no point should exceed. */
	target?: number | null;
	/** Returns at most so many points that are written out; by default they are evenly spaced. */
	ticks?: (most: number) => number[];
}

export interface BarsDrawing {
	/** Room for the labels of the values. */
	left: number;
	/** One path a series for all points but the last, and one for the last. */
	paths: { slot: number; d: string; last: string }[];
	/** Marks on the axis where nothing is known. */
	unknown: string;
	/** A line across each point where the earlier period was. */
	previous: string;
	/** Outlines of values from another source only. */
	hollow: string;
	/** Where the target is; `null` without one. */
	target: number | null;
	/** Where zero is. */
	zero: number;
	/** Lines across, with what they stand for. */
	valueTicks: { at: number; label: string }[];
	/** Middles of the points that are written out, with their position among the points. */
	pointTicks: { at: number; index: number }[];
	/** Returns the middle of a point. */
	middleOf: (index: number) => number;
	/** Returns the point under a horizontal position, or `null` outside all points. */
	pointAt: (x: number) => number | null;
	/** Returns the position of the series under a place, or `null` where none is drawn. */
	seriesAt: (x: number, y: number) => number | null;
	/** Distance from point to point. */
	step: number;
}

/** Returns the shapes of `columns`; values below zero hang from the axis. */
export function drawBars(columns: Columns, options: Options): BarsDrawing {
	const { height, axisLabel, whole, previous, target = null, ticks } = options;
	const count = columns.points.length;
	const layers = stackUp(columns.series, count);
	const earlier = previous?.slice(0, count) ?? [];
	const outlined = columns.hollow?.map((one) => one?.value ?? 0) ?? [];
	const known = earlier.filter((value) => value !== null);
	const [lowest = 0, highest = 0] = extent([...layers.flat(2), ...known, ...outlined, target ?? 0]);
	const axis = valueAxis(lowest, highest, {
		range: [height - MARGIN.bottom, MARGIN.top],
		whole
	});
	const valueTicks = axis.ticks.map(({ at, value }) => ({ at, label: axisLabel(value) }));
	const along = pointsAlong(count, roomFor(valueTicks.map(({ label }) => label)), options.width);
	const { left, right, step, middleOf } = along;
	const most = (right - left) / POINT_EVERY_PX;
	const written = ticks?.(most) ?? everyNth(count, most);
	return {
		left,
		paths: barPaths(columns, layers, along, axis.at),
		unknown: unknownMarks(columns, outlined, along, axis.at(0)),
		previous: earlier
			.map((value, index) =>
				value === null ? '' : `M${px(middleOf(index) - step / 2)},${px(axis.at(value))}h${px(step)}`
			)
			.join(''),
		hollow: outlines(outlined, along, axis.at),
		target: target === null ? null : axis.at(target),
		zero: axis.at(0),
		valueTicks,
		pointTicks: written.map((index) => ({ index, at: middleOf(index) })),
		middleOf,
		...hits(layers, along, axis.at),
		step
	};
}

/** Returns where a value is. */
type At = (value: number) => number;

/** Where points are, from left to right. */
interface Along {
	count: number;
	left: number;
	right: number;
	/** Distance from point to point. */
	step: number;
	barWidth: number;
	/** Returns the middle of a point. */
	middleOf: (index: number) => number;
}

function pointsAlong(count: number, left: number, width: number): Along {
	const right = Math.max(left + 1, width - MARGIN.right);
	const step = (right - left) / Math.max(1, count);
	const gap = step > 6 ? Math.min(step * 0.25, 8) : step > 3 ? 1 : 0;
	const barWidth = Math.min(step - gap, WIDEST_PX);
	return { count, left, right, step, barWidth, middleOf: (index) => left + step * (index + 0.5) };
}

/** Returns the bars, of which the parts of a series are one path. */
function barPaths(
	{ series }: Columns,
	layers: readonly Part[][],
	{ count, barWidth, middleOf }: Along,
	at: At
): BarsDrawing['paths'] {
	const ends = Array.from({ length: count }, (_, index): Part => {
		const all = layers.flatMap((layer) => layer[index] ?? []);
		return [Math.min(0, ...all), Math.max(0, ...all)];
	});
	return layers.map((layer, index) => {
		const parts = layer.map(([low, high], point) => {
			if (low === high) return '';
			const [near, far] = low < 0 ? [high, low] : [low, high];
			const place = { x: middleOf(point) - barWidth / 2, width: barWidth };
			const isOuter = ends[point]?.includes(far) ?? false;
			return barPath({ ...place, base: at(near), end: at(far) }, isOuter);
		});
		const last = parts.pop() ?? '';
		return { slot: series[index]?.slot ?? 0, d: parts.join(''), last };
	});
}

/** Returns marks on the axis where no source has a value, on days that are covered. */
function unknownMarks(
	{ totals, blank }: Columns,
	outlined: readonly number[],
	{ step, middleOf }: Along,
	zero: number
): string {
	return totals
		.map((total, index) =>
			total === null && !outlined[index] && !blank?.has(index)
				? `M${px(middleOf(index) - Math.min(4, step / 3))},${px(zero - 4)}h${px(Math.min(8, (step * 2) / 3))}`
				: ''
		)
		.join('');
}

/** Returns outlines of values from another source only. */
function outlines(values: readonly number[], { barWidth, middleOf }: Along, at: At): string {
	return values
		.map((value, index) => {
			if (value <= 0) return '';
			const [x, across] = [px(middleOf(index) - barWidth / 2 + 0.5), px(barWidth - 1)];
			return `M${x},${px(at(0))}V${px(at(value))}h${across}V${px(at(0))}`;
		})
		.join('');
}

/** Returns what leads from places to what is drawn there. */
function hits(
	layers: readonly Part[][],
	{ count, left, step }: Along,
	at: At
): Pick<BarsDrawing, 'pointAt' | 'seriesAt'> {
	const pointAt = (x: number) => {
		const index = Math.floor((x - left) / step);
		return index >= 0 && index < count ? index : null;
	};
	return {
		pointAt,
		seriesAt: (x, y) => {
			const point = pointAt(x);
			if (point === null) return null;
			const found = layers.findIndex((layer) => {
				const [low = 0, high = 0] = layer[point] ?? [];
				return low !== high && y <= at(low) && y >= at(high);
			});
			return found < 0 ? null : found;
		}
	};
}

/** A part of a bar: `end` is farther from zero than `base`. All in pixels. */
interface Bar {
	x: number;
	width: number;
	base: number;
	end: number;
}

/** Returns a part of a bar, with round corners if the bar ends with it. */
function barPath({ x, width, base, end }: Bar, isOuter: boolean): string {
	const roomy = width >= ROOMY_PX;
	const sign = end > base ? 1 : -1;
	if (roomy && isOuter) {
		const r = Math.min(2, Math.abs(end - base));
		const [across, round, turn] = [px(width - 2 * r), px(r), px(sign * r)];
		return `M${px(x)},${px(base)}V${px(end - sign * r)}q0,${turn},${round},${turn}h${across}q${round},0,${round},${px(-sign * r)}V${px(base)}z`;
	}
	// A gap of one pixel separates neighbours without their colours.
	const gap = roomy && Math.abs(end - base) > 3 ? sign : 0;
	return `M${px(x)},${px(base)}V${px(end - gap)}h${px(width)}V${px(base)}z`;
}

/**
 * Returns by which factor the last bar has grown, or `null` unless it alone has changed.
 *
 * Other days, another measure or another range are another drawing, which has no last bar to grow.
 */
export function growthOfLast(before: Columns, after: Columns): number | null {
	const last = after.points.length - 1;
	if (last < 0 || before.points.length !== after.points.length) return null;
	if (before.points.some((point, index) => point !== after.points[index])) return null;
	if (before.totals.some((total, index) => index < last && total !== after.totals[index]))
		return null;
	const [from, to]: (Known | undefined)[] = [before.totals[last], after.totals[last]];
	if (typeof from !== 'number' || typeof to !== 'number' || from === to || to === 0) return null;
	return from / to;
}
