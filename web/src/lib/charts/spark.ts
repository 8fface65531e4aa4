/** A small line without axes: how a number went, not what it was. */

import { extent } from 'd3-array';
import { area, line } from 'd3-shape';
import { linear, px } from './scale';

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
	const points = values.flatMap((value, index) => (value === null ? [] : [{ value, index }]));
	const [lowest, highest] = extent(points, ({ value }) => value);
	const last = points.at(-1);
	if (points.length < 2 || lowest === undefined || !last) return null;
	const x = linear([0, values.length - 1], [0, SPARK.width]);
	const bottom = SPARK.height - 1;
	const y = linear([Math.min(0, lowest), highest || 1], [bottom, 2]);
	const at = ({ index }: Point) => x(index);
	const height = ({ value }: Point) => y(value);
	return {
		line: line<Point>().digits(1).x(at).y(height)(points) ?? '',
		area: area<Point>().digits(1).x(at).y0(bottom).y1(height)(points) ?? '',
		end: `M${px(at(last))},${px(height(last))}h0`
	};
}

interface Point {
	value: number;
	index: number;
}
