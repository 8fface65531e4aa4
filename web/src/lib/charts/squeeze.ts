/**
 * A line of time on which idle time is drawn short.
 *
 * A session may be left alone for a night; drawn to scale, its work would be two thin lines at the
 * edges. So time is squeezed: work keeps its length, and every idle stretch gets the same short one.
 */

import { bisectRight } from 'd3-array';

/** From how long on nothing happening is idle, in milliseconds. */
export const IDLE_MS = 5 * 60_000;

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
