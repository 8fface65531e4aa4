/** Lines over points: from values to shapes, with gaps where nothing is known. */

import { bisectCenter, extent } from 'd3-array';
import { MARGIN, POINT_EVERY_PX, type Size } from './bars';
import type { Known, Series } from './columns';
import { areaPath, linePath, type Point } from './paths';
import { linear, type Scale, type Span } from './linear';
import { logAxis } from './logAxis';
import { roomFor, valueAxis } from './scale';

interface Given {
	series: readonly Pick<Series, 'slot' | 'values'>[];
	/** The same points of an earlier period; what goes beyond them is left out. */
	previous?: readonly Known[] | null;
	/** Where each point is, rising; evenly spaced points are just counted. */
	positions: readonly number[];
	/** From where to where the axis reaches; by default from the first point to the last. */
	span?: Span;
}

interface Options extends Size {
	/** Writes a value on the axis. */
	axisLabel: (value: number) => string;
	/** Whether there is nothing between whole numbers. */
	whole?: boolean;
	/** The value that the axis ends with, where it is not to follow the data. */
	end?: number;
	/** Whether its steps are powers of ten, as far as there is anything above zero. */
	log?: boolean;
	/** What no point should exceed. */
	target?: number | null;
	/** Returns at most so many points that are written out; by default they are evenly spaced. */
	ticks?: (most: number) => number[];
}

export interface LinesDrawing {
	/** Room for the labels of the values. */
	left: number;
	/** One path a series. */
	lines: { slot: number; d: string }[];
	/** What is between the first line and zero. */
	area: string;
	/** The line of the earlier period. */
	previous: string;
	/** Where the target is; `null` without one. */
	target: number | null;
	zero: number;
	valueTicks: { at: number; label: string }[];
	/** The points that are written out, with their position among the points. */
	pointTicks: { at: number; index: number }[];
	/** Where a position is. */
	at: Scale;
	/** Where a value is. */
	heightOf: Scale;
	/** Returns the point that is nearest to a horizontal position, or `null` without points. */
	pointAt: (x: number) => number | null;
}

/** How far lines stay away from the axis, in pixels. */
const INSET_PX = 6;

/** Returns the shapes of `given`. */
export function drawLines(given: Given, options: Options): LinesDrawing {
	const { series, previous, positions, span } = given;
	const { width, height, axisLabel, whole, end, log = false, target = null, ticks } = options;
	const earlier = previous?.slice(0, positions.length) ?? [];
	const values = [...series.flatMap(({ values }) => values), ...earlier, target].filter(
		(value) => value !== null
	);
	const bottom = height - MARGIN.bottom;
	const range = [bottom, MARGIN.top] as const;
	const [least, most] = log ? extent(values.filter((value) => value > 0)) : [];
	const [lowest = 0, highest = 0] = extent(values);
	const axis =
		least !== undefined && most !== undefined
			? logAxis(least, most, range)
			: valueAxis(lowest, highest, { range, whole, end });
	const valueTicks = axis.ticks.map(({ at, value }) => ({ at, label: axisLabel(value) }));

	const left = roomFor(valueTicks.map(({ label }) => label));
	const right = Math.max(left + 1, width - MARGIN.right);
	const [first, last] = span ?? [positions[0] ?? 0, positions.at(-1) ?? 0];
	const at: Scale =
		first === last
			? () => (left + right) / 2
			: linear([first, last], [left + INSET_PX, right - INSET_PX]);
	const zero = axis.at(0);
	const places = positions.map(at);

	const pointsOf = (values: readonly Known[]): Point[] =>
		places.map((x, index) => {
			const value = values[index] ?? null;
			return value === null ? null : [x, axis.at(value)];
		});

	return {
		left,
		lines: series.map(({ slot, values }) => ({ slot, d: linePath(pointsOf(values)) })),
		area: areaPath(pointsOf(series[0]?.values ?? []), zero),
		previous: linePath(pointsOf(earlier)),
		target: target === null ? null : axis.at(target),
		zero,
		valueTicks,
		pointTicks: (ticks?.((right - left) / POINT_EVERY_PX) ?? spaced(places, POINT_EVERY_PX)).map(
			(index) => ({ index, at: places[index] ?? 0 })
		),
		at,
		heightOf: axis.at,
		pointAt: (at) => (places.length === 0 ? null : bisectCenter(places, at))
	};
}

/** Returns those of the rising `places` that are at least `distance` apart, from the last one on. */
export function spaced(places: readonly number[], distance: number): number[] {
	const found: number[] = [];
	for (let index = places.length - 1; index >= 0; index -= 1) {
		const later = places[found.at(-1) ?? -1] ?? Infinity;
		if (later - (places[index] ?? 0) >= distance) found.push(index);
	}
	return found;
}
