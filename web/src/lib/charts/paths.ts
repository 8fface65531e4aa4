/**
 * Lines, areas and stacks.
 *
 * d3-shape has them too, among all else that it can draw: of it, and of d3-path below it, 6 kB stay
 * when three straight shapes are used.
 */

import type { Known } from './columns';
import { px } from './linear';

/** A point of a line, or `null` for a gap. */
export type Point = readonly [x: number, y: number] | null;

/** Returns the stretches of `points` between gaps. */
export function stretches(points: readonly Point[]): (readonly [number, number])[][] {
	const found: (readonly [number, number])[][] = [];
	let open = false;
	for (const point of points) {
		if (!point) open = false;
		else if (open) found.at(-1)?.push(point);
		else {
			found.push([point]);
			open = true;
		}
	}
	return found;
}

/** Returns the line through `points`; a point between two gaps is a ring. */
export function linePath(points: readonly Point[]): string {
	return stretches(points)
		.map((stretch) => {
			const [first, second] = stretch;
			return first && !second ? ring(first) : `M${stretch.map(written).join('L')}`;
		})
		.join('');
}

/** Returns what is between the line through `points` and the height `base`. */
export function areaPath(points: readonly Point[], base: number): string {
	return stretches(points)
		.map((stretch) => {
			const [from, to] = [stretch[0]?.[0] ?? 0, stretch.at(-1)?.[0] ?? 0];
			return `M${px(from)},${px(base)}L${stretch.map(written).join('L')}L${px(to)},${px(base)}z`;
		})
		.join('');
}

const RADIUS_PX = 2.5;

function ring([x, y]: readonly [number, number]): string {
	const [r, across] = [RADIUS_PX, 2 * RADIUS_PX];
	return `M${px(x - r)},${px(y)}a${r},${r},0,1,0,${across},0a${r},${r},0,1,0,${-across},0`;
}

function written([x, y]: readonly [number, number]): string {
	return `${px(x)},${px(y)}`;
}

/** From where to where a part of a bar reaches, in values; the first is the lower one. */
export type Part = readonly [low: number, high: number];

/**
 * Returns the parts of each of `count` bars by series: what is above zero is stacked upwards, what
 * is below it downwards, and what is unknown has no height.
 */
export function stackUp(series: readonly { values: readonly Known[] }[], count: number): Part[][] {
	const ups = Array<number>(count).fill(0);
	const downs = Array<number>(count).fill(0);
	return series.map(({ values }) =>
		Array.from({ length: count }, (_, index): Part => {
			const value = values[index] ?? 0;
			const ends = value < 0 ? downs : ups;
			const base = ends[index] ?? 0;
			ends[index] = base + value;
			return value < 0 ? [base + value, base] : [base, base + value];
		})
	);
}
