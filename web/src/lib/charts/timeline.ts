/** The responses of a session on a squeezed line of time: bars in two lanes. */

import { bisectCenter, bisectLeft, bisectRight, max } from 'd3-array';
import { DAY_MS } from '$lib/state/period';
import type { Size } from './bars';
import type { Known } from './columns';
import type { Excerpt } from './excerpt';
import { px } from './linear';
import { roomFor, valueAxis } from './scale';
import type { Squeezed } from './squeeze';
import { widthOf } from './text';
import { roundTimes, timeStep } from './time';

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
	const { width, zoom, timeLabel, offset } = options;
	const frames = lanesOf(points, options);
	const left = roomFor(frames.flatMap(({ labels }) => labels.map(({ label }) => label)));
	const room = Math.max(1, width - left - RIGHT_PX);
	// After the window has changed, the excerpt may reach beyond the line.
	const scroll = Math.max(0, Math.min(room * (zoom - 1), options.scroll));
	const perMs = squeezed.length > 0 ? (room * zoom) / squeezed.length : 0;
	const xOf = (place: number) => left + place * perMs - scroll;
	const placed: Placed = { points, xs: squeezed.places.map(xOf) };
	const barWidth = Math.max(1.5, Math.min(10, (room * zoom * 0.6) / Math.max(1, points.length)));
	const seen = { from: left - barWidth, to: width + barWidth };
	return {
		left,
		room,
		scroll,
		lanes: drawLanes(frames, placed, seen, barWidth),
		idle: idleStretches(squeezed, xOf).filter(({ from, to }) => to > left && from < width),
		timeTicks: timeTicks(squeezed, {
			xOf,
			perMs,
			left,
			right: width - RIGHT_PX,
			offset,
			timeLabel
		}),
		...placesOf(placed, frames)
	};
}

/** The points, and where they are horizontally. */
interface Placed {
	points: readonly TimelinePoint[];
	xs: readonly number[];
}

/** A lane before anything is drawn in it. */
interface LaneFrame {
	top: number;
	bottom: number;
	/** Where a value is, from the top of the lane on. */
	at: (value: number) => number;
	labels: { at: number; label: string }[];
}

const laneOf = ({ sidechain }: TimelinePoint) => (sidechain ? 1 : 0);

/** Returns the main lane, and that of subagents if there are any. */
function lanesOf(
	points: readonly TimelinePoint[],
	{ height, axisLabel }: Pick<Options, 'height' | 'axisLabel'>
): LaneFrame[] {
	const count = points.some(({ sidechain }) => sidechain) ? 2 : 1;
	const laneHeight = (height - TOP_PX - BOTTOM_PX - (count - 1) * LANE_GAP_PX) / count;
	// Each lane has its own scale: subagents use far less than the main conversation.
	return Array.from({ length: count }, (_, lane) => {
		const own = points.filter((point) => laneOf(point) === lane);
		const axis = valueAxis(0, max(own, ({ value }) => value ?? 0) ?? 0, { range: [laneHeight, 0] });
		const top = TOP_PX + lane * (laneHeight + LANE_GAP_PX);
		return {
			top,
			bottom: top + laneHeight,
			at: axis.at,
			labels: axis.ticks.map(({ value, at }) => ({ at, label: axisLabel(value) }))
		};
	});
}

/** Returns the lanes with the points between two places. */
function drawLanes(
	frames: readonly LaneFrame[],
	{ points, xs }: Placed,
	seen: { from: number; to: number },
	barWidth: number
): Lane[] {
	const first = bisectLeft(xs, seen.from);
	const shown = points.slice(first, bisectRight(xs, seen.to));
	return frames.map(({ top, bottom, at, labels }, lane) => ({
		...drawLane(
			shown
				.map((point, index) => ({ point, x: xs[first + index] ?? 0 }))
				.filter(({ point }) => laneOf(point) === lane),
			{ bottom, barWidth, heightOf: (value) => top + at(value) }
		),
		top,
		bottom,
		valueTicks: labels.map(({ at, label }) => ({ at: top + at, label }))
	}));
}

/** Returns where the idle stretches are. */
function idleStretches(
	{ idle, idleLength }: Squeezed,
	xOf: (place: number) => number
): TimelineDrawing['idle'] {
	return idle.map(({ from, to, start }, index) => ({
		index,
		from: xOf(start),
		to: xOf(start + idleLength),
		ms: to - from
	}));
}

/** Returns what leads from points to places, and back. */
function placesOf(
	{ points, xs }: Placed,
	frames: readonly LaneFrame[]
): Pick<TimelineDrawing, 'placeOf' | 'pointAt' | 'across'> {
	const nearest = (lane: number, x: number) => {
		const own = [...points.keys()].filter((index) => points[index]?.sidechain === (lane === 1));
		const found = bisectCenter(
			own.map((index) => xs[index] ?? 0),
			x
		);
		return own[found] ?? null;
	};
	return {
		placeOf: (index) => {
			const point = points[index];
			return { x: xs[index] ?? 0, lane: point ? laneOf(point) : 0 };
		},
		pointAt: (x, y) => {
			const lane = frames.findIndex(
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
	const round = squeezed.work.flatMap(({ from, to, start }) => {
		// Of a long range only the visible part is drawn.
		const [begin, end] = [from + (left - xOf(start)) / perMs, from + (right - xOf(start)) / perMs];
		return roundTimes(Math.max(from, begin), Math.min(to, end), step, offset);
	});
	const place = (at: number) => ({ at, x: xOf(squeezed.place(at)) });
	const starts = squeezed.work
		.map(({ from }) => place(from))
		.filter(({ x }) => x >= left && x <= right);
	// Beginnings are written second, where round times leave room.
	const placed = withRoom(
		[...round.map(place), ...starts],
		({ at }) => widthOf(timeLabel(at, false, fine)) / 2 + 8,
		{ from: left - 24, to: right + 8 }
	);
	const dayOf = (at: number) => Math.floor((at + offset) / DAY_MS);
	return placed.map(({ at, x }, index) => {
		const before = placed[index - 1]?.at;
		const newDay = before !== undefined && dayOf(before) !== dayOf(at);
		return { at, x, label: timeLabel(at, newDay, fine) };
	});
}

/** Returns the ticks with room between two places, from left to right; earlier ones of the list come first. */
function withRoom<Tick extends { x: number }>(
	ticks: readonly Tick[],
	halfOf: (tick: Tick) => number,
	{ from, to }: { from: number; to: number }
): Tick[] {
	const placed: { tick: Tick; from: number; to: number }[] = [];
	for (const tick of ticks) {
		const half = halfOf(tick);
		const own = { from: tick.x - half, to: tick.x + half };
		const free = placed.every((other) => own.to <= other.from || own.from >= other.to);
		if (free && own.from >= from && own.to <= to) placed.push({ tick, ...own });
	}
	return placed.map(({ tick }) => tick).sort((one, other) => one.x - other.x);
}
