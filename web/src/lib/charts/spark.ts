/** A small line without axes: how a number went, not what it was. */

import { extent } from 'd3-array';
import { scaleLinear } from 'd3-scale';
import { area, line } from 'd3-shape';

/** The drawing's size, in its own units; it is stretched to the room that it gets. */
export const SPARK = { width: 100, height: 32 } as const;

/**
 * Returns the line through the known values and the area below it, or `null` for fewer than two.
 *
 * The line goes straight over what is unknown: it shows no value there, and no zero either.
 */
export function drawSpark(
	values: readonly (number | null)[]
): { line: string; area: string } | null {
	const points = values.flatMap((value, index) => (value === null ? [] : [{ value, index }]));
	const [lowest, highest] = extent(points, ({ value }) => value);
	if (points.length < 2 || lowest === undefined) return null;
	const x = scaleLinear([0, values.length - 1], [0, SPARK.width]);
	const bottom = SPARK.height - 1;
	const y = scaleLinear([Math.min(0, lowest), highest || 1], [bottom, 2]);
	const at = ({ index }: Point) => x(index);
	const height = ({ value }: Point) => y(value);
	return {
		line: line<Point>().digits(1).x(at).y(height)(points) ?? '',
		area: area<Point>().digits(1).x(at).y0(bottom).y1(height)(points) ?? ''
	};
}

interface Point {
	value: number;
	index: number;
}
