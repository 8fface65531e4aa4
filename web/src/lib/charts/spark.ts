/** A small line without axes: how a number went, not what it was. */

import { areaPath, linePath, type Point } from './paths';
import { linear, px } from './linear';

/** The drawing's size, in its own units; it is stretched to the room that it gets. */
export const SPARK = { width: 100, height: 32 } as const;

/**
 * Returns the line through the known values the area below it and its end, or `null` for fewer than two.
 *
 * The line goes straight over what is unknown: it shows no value there, and no zero either.
 */
export function drawSpark(
	values: readonly (number | null)[]
): { line: string; area: string; end: string } | null {
	const known = values.flatMap((value, index) => (value === null ? [] : [[index, value] as const]));
	if (known.length < 2) return null;
	const heights = known.map(([, value]) => value);
	const highest = Math.max(...heights);
	const x = linear([0, values.length - 1], [0, SPARK.width]);
	const bottom = SPARK.height - 1;
	const y = linear([Math.min(0, ...heights), highest || 1], [bottom, 2]);
	const points = known.map(([index, value]): Point => [x(index), y(value)]);
	const [atX, atY] = points.at(-1) ?? [0, 0];
	return {
		line: linePath(points),
		area: areaPath(points, bottom),
		end: `M${px(atX)},${px(atY)}h0`
	};
}
