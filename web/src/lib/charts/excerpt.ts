/** The part of a squeezed line that is seen: how it is zoomed, and stays in place. */

import { bisectCenter } from 'd3-array';
import type { Squeezed } from './squeeze';

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
