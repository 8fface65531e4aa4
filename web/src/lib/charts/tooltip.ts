/** Placement of a tooltip: next to its point, or above it if there is no room. */

import type { Place } from './calendar';

/** The distance to the point, in pixels. */
const AWAY_PX = 12;

/** Returns the corner of a tooltip of `size` for the point `at` in a chart of `width` pixels. */
export function tooltipPlace(
	at: Place,
	size: { width: number; height: number },
	width: number
): Place {
	const right = at.x + AWAY_PX;
	const left = at.x - AWAY_PX - size.width;
	if (right + size.width <= width) return { x: right, y: at.y };
	if (left >= 0) return { x: left, y: at.y };
	const x = Math.max(0, Math.min(width - size.width, at.x - size.width / 2));
	return { x, y: at.y - AWAY_PX - size.height };
}
