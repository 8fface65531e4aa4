/**
 * The responses of a session on a line of time: bars in two lanes, idle time drawn short.
 *
 * A session may be left alone for a night; drawn to scale, its work would be two thin lines at the
 * edges. So time is squeezed: work keeps its length, and every idle stretch gets the same short one.
 */

import { bisectCenter, bisectLeft, bisectRight, max } from 'd3-array';
import { DAY_MS } from '$lib/state/period';
import type { Size } from './bars';
import type { Known } from './columns';
import { px } from './linear';
import { roomFor, valueAxis } from './scale';
import { widthOf } from './text';
import { roundTimes, timeStep } from './time';

/** From how long on nothing happening is idle, in milliseconds. */
export const IDLE_MS = 5 * 60_000;

/** A response; they are sorted by time. */
export interface TimelinePoint {
	key: string;
	/** Epoch milliseconds. */
	at: number;
	/** Whether a subagent made it. */
	sidechain: boolean;
	slot: number;
	value: Known;
	/** Whether it deserves a look. */
	flagged?: boolean;
}

interface Stretch {
	from: number;
	to: number;
	/** Where it begins on the squeezed line. */
	start: number;
}

export interface Squeezed {
	/** How long everything is, in squeezed milliseconds. */
	length: number;
	work: Stretch[];
	idle: Stretch[];
	/** How long an idle stretch is drawn. */
	idleLength: number;
	/** Returns where a moment is. */
	place: (at: number) => number;
	/** Where each of the times is. */
	places: number[];
}

/** Squeezes the idle time out of rising `times`. */
export function squeeze(times: readonly number[]): Squeezed {
	const work: Stretch[] = [];
	for (const at of times) {
		const last = work.at(-1);
		if (last && at - last.to <= IDLE_MS) last.to = at;
		else work.push({ from: at, to: at, start: 0 });
	}
	const busy = work.reduce((sum, { from, to }) => sum + to - from, 0);
	// A quarter of the line at most is idle, unless there are very many gaps.
	const gaps = Math.max(1, work.length - 1);
	const idleLength = Math.max(30_000, busy / 40, Math.min(busy / 12, busy / 3 / gaps));
	const margin = idleLength / 3;
	let length = margin;
	const idle: Stretch[] = [];
	for (const [index, stretch] of work.entries()) {
		const before = work[index - 1];
		if (before) {
			idle.push({ from: before.to, to: stretch.from, start: length });
			length += idleLength;
		}
		stretch.start = length;
		length += stretch.to - stretch.from;
	}
	length += margin;
	const starts = work.map(({ from }) => from);
	const place = (at: number) => {
		const stretch = work[Math.max(0, bisectRight(starts, at) - 1)];
		return stretch ? stretch.start + Math.max(0, Math.min(at, stretch.to) - stretch.from) : 0;
	};
	return { length, work, idle, idleLength, place, places: times.map(place) };
}

/** Which part of the line is seen. */
export interface Excerpt {
	/** How many times longer than the drawing the line is. */
	zoom: number;
	/** How many pixels of it are to the left of the drawing. */
	scroll: number;
}

/** Returns how far one can zoom in: until the responses are well apart. */
export function mostZoom(count: number, room: number): number {
	return Math.max(8, Math.min(400, (count * 24) / Math.max(1, room)));
}

/** Returns the excerpt that is `factor` times closer and has the same moment `x` pixels from the left. */
export function zoomAt(
	excerpt: Excerpt,
	factor: number,
	x: number,
	room: number,
	most: number
): Excerpt {
	const zoom = Math.max(1, Math.min(most, excerpt.zoom * factor));
	const scroll = ((excerpt.scroll + x) * zoom) / excerpt.zoom - x;
	return { zoom, scroll: Math.max(0, Math.min(room * (zoom - 1), scroll)) };
}

/**
 * Returns the excerpt of the line `after` that shows what `excerpt` shows of `before`, which has fewer
 * responses at its end.
 */
export function keepPlace(
	before: Squeezed,
	after: Squeezed,
	{ zoom, scroll }: Excerpt,
	room: number
): Excerpt {
	const perPixel = before.length / (zoom * room);
	const middle = bisectCenter(before.places, (scroll + room / 2) * perPixel);
	const [was, is] = [before.places[middle], after.places[middle]];
	if (was === undefined || is === undefined) return { zoom, scroll };
	return {
		zoom: Math.max(1, (zoom * after.length) / before.length),
		scroll: Math.max(0, scroll + (is - was) / perPixel)
	};
}

interface Options extends Size, Excerpt {
	/** Writes a value on the axis. */
	axisLabel: (value: number) => string;
	/** Writes a time on the axis; the first time of a later day with that day. */
	timeLabel: (at: number, newDay: boolean, fine: boolean) => string;
	/** How far the clocks are ahead of UTC, in milliseconds. */
	offset: number;
}

export interface Lane {
	top: number;
	bottom: number;
	/** One path a colour. */
	paths: { slot: number; d: string }[];
	/** Marks where the value is unknown. */
	unknown: string;
	/** Marks above what deserves a look. */
	flags: string;
	valueTicks: { at: number; label: string }[];
}

export interface TimelineDrawing {
	/** Room for the labels of the values, and what is left for the line. */
	left: number;
	room: number;
	/** How far the line is scrolled, which is never beyond its ends. */
	scroll: number;
	/** The main lane, and that of subagents if there are any. */
	lanes: Lane[];
	/** Which idle stretch is where, and how long it was. */
	idle: { index: number; from: number; to: number; ms: number }[];
	timeTicks: { at: number; x: number; label: string }[];
	/** Where a point is, horizontally and in which lane. */
	placeOf: (index: number) => { x: number; lane: number };
	/** Returns the point nearest to a place within its lane, or `null` where there is none. */
	pointAt: (x: number, y: number) => number | null;
	/** Returns the point of the other lane nearest to a point, or the point itself without one. */
	across: (index: number) => number;
}

const TOP_PX = 14;
const BOTTOM_PX = 24;
const LANE_GAP_PX = 18;
const RIGHT_PX = 8;

/** How far from a bar a pointer still means it, in pixels. */
const REACH_PX = 24;

/** Returns the shapes of the excerpt of `points`. */
export function drawTimeline(
	points: readonly TimelinePoint[],
	squeezed: Squeezed,
	options: Options
): TimelineDrawing {
	const { width, height, zoom, axisLabel, timeLabel, offset } = options;
	const laneCount = points.some(({ sidechain }) => sidechain) ? 2 : 1;
	const laneHeight = (height - TOP_PX - BOTTOM_PX - (laneCount - 1) * LANE_GAP_PX) / laneCount;
	const laneOf = (point: TimelinePoint) => (point.sidechain ? 1 : 0);
	// Each lane has its own scale: subagents use far less than the main conversation.
	const axes = Array.from({ length: laneCount }, (_, lane) => {
		const own = points.filter((point) => laneOf(point) === lane);
		const axis = valueAxis(0, max(own, ({ value }) => value ?? 0) ?? 0, { range: [laneHeight, 0] });
		const labels = axis.ticks.map(({ value, at }) => ({ at, label: axisLabel(value) }));
		return { at: axis.at, labels };
	});
	const left = roomFor(axes.flatMap(({ labels }) => labels.map(({ label }) => label)));
	const room = Math.max(1, width - left - RIGHT_PX);
	// After the window has changed, the excerpt may reach beyond the line.
	const scroll = Math.max(0, Math.min(room * (zoom - 1), options.scroll));
	const perMs = squeezed.length > 0 ? (room * zoom) / squeezed.length : 0;
	const xOf = (place: number) => left + place * perMs - scroll;
	const xs = squeezed.places.map(xOf);
	const barWidth = Math.max(1.5, Math.min(10, (room * zoom * 0.6) / Math.max(1, points.length)));

	const first = bisectLeft(xs, left - barWidth);
	const last = bisectRight(xs, width + barWidth);
	const shown = Array.from({ length: last - first }, (_, index) => index + first);

	const lanes = axes.map(({ at, labels }, lane): Lane => {
		const top = TOP_PX + lane * (laneHeight + LANE_GAP_PX);
		const heightOf = (value: number) => top + at(value);
		return {
			...drawLane(
				shown.flatMap((index) => {
					const point = points[index];
					return point && laneOf(point) === lane ? [{ point, x: xs[index] ?? 0 }] : [];
				}),
				{ bottom: top + laneHeight, barWidth, heightOf }
			),
			top,
			bottom: top + laneHeight,
			valueTicks: labels.map(({ at, label }) => ({ at: top + at, label }))
		};
	});

	const nearest = (lane: number, x: number) => {
		const own = [...points.keys()].filter((index) => points[index]?.sidechain === (lane === 1));
		const found = bisectCenter(
			own.map((index) => xs[index] ?? 0),
			x
		);
		return own[found] ?? null;
	};

	return {
		left,
		room,
		scroll,
		lanes,
		idle: squeezed.idle
			.map(({ from, to, start }, index) => ({
				index,
				from: xOf(start),
				to: xOf(start + squeezed.idleLength),
				ms: to - from
			}))
			.filter(({ from, to }) => to > left && from < width),
		timeTicks: timeTicks(squeezed, {
			xOf,
			perMs,
			left,
			right: width - RIGHT_PX,
			offset,
			timeLabel
		}),
		placeOf: (index) => {
			const point = points[index];
			return { x: xs[index] ?? 0, lane: point ? laneOf(point) : 0 };
		},
		pointAt: (x, y) => {
			const lane = lanes.findIndex(
				({ top, bottom }) => y >= top - LANE_GAP_PX / 2 && y <= bottom + LANE_GAP_PX / 2
			);
			const found = lane < 0 ? null : nearest(lane, x);
			return found !== null && Math.abs((xs[found] ?? 0) - x) <= REACH_PX ? found : null;
		},
		across: (index) => {
			const point = points[index];
			return (point && nearest(1 - laneOf(point), xs[index] ?? 0)) ?? index;
		}
	};
}

interface LaneOptions {
	bottom: number;
	barWidth: number;
	/** Where a value is. */
	heightOf: (value: number) => number;
}

/** Returns the shapes of the points of a lane. */
function drawLane(
	members: readonly { point: TimelinePoint; x: number }[],
	{ bottom, barWidth, heightOf }: LaneOptions
): Pick<Lane, 'paths' | 'unknown' | 'flags'> {
	const paths = new Map<number, string>();
	let unknown = '';
	let flags = '';
	for (const { point, x } of members) {
		const end = heightOf(point.value ?? 0);
		if (point.value === null) {
			unknown += `M${px(x - 2)},${px(bottom - 4)}h4`;
		} else if (point.value > 0) {
			// Even the smallest response is seen.
			const top = px(Math.min(end, bottom - 1));
			const d = `M${px(x - barWidth / 2)},${px(bottom)}V${top}h${px(barWidth)}V${px(bottom)}z`;
			paths.set(point.slot, (paths.get(point.slot) ?? '') + d);
		}
		if (point.flagged) flags += `M${px(x - 4)},${px(end - 8)}h8l-4,6z`;
	}
	return {
		paths: [...paths].sort(([a], [b]) => a - b).map(([slot, d]) => ({ slot, d })),
		unknown,
		flags
	};
}

interface TickOptions extends Pick<Options, 'offset' | 'timeLabel'> {
	xOf: (place: number) => number;
	perMs: number;
	left: number;
	right: number;
}

const MINUTE_MS = 60_000;

/** Returns the times that are written out: round ones, and beginnings of work where there is room. */
function timeTicks(squeezed: Squeezed, options: TickOptions): TimelineDrawing['timeTicks'] {
	const { xOf, perMs, left, right, offset, timeLabel } = options;
	if (perMs === 0) return [];
	const step = timeStep(72 / perMs);
	const fine = step < MINUTE_MS;
	const seen = (at: number) => {
		const x = xOf(squeezed.place(at));
		return x >= left && x <= right;
	};
	const round = squeezed.work.flatMap(({ from, to, start }) => {
		// Of a long range only the visible part is drawn.
		const [begin, end] = [from + (left - xOf(start)) / perMs, from + (right - xOf(start)) / perMs];
		return roundTimes(Math.max(from, begin), Math.min(to, end), step, offset);
	});
	const starts = squeezed.work.map(({ from }) => from).filter(seen);
	const placed: { at: number; x: number; from: number; to: number }[] = [];
	// Beginnings are written second, where round times leave room.
	for (const at of [...round, ...starts]) {
		const x = xOf(squeezed.place(at));
		const half = widthOf(timeLabel(at, false, fine)) / 2 + 8;
		const free = placed.every(({ from, to }) => x + half <= from || x - half >= to);
		if (free && x - half >= left - 24 && x + half <= right + 8) {
			placed.push({ at, x, from: x - half, to: x + half });
		}
	}
	const dayOf = (at: number) => Math.floor((at + offset) / DAY_MS);
	return placed
		.sort((one, other) => one.x - other.x)
		.map(({ at, x }, index, all) => {
			const before = all[index - 1]?.at;
			return {
				at,
				x,
				label: timeLabel(at, before !== undefined && dayOf(before) !== dayOf(at), fine)
			};
		});
}
