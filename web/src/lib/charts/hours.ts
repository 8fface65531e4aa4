/** The hours of the week: seven rows of 24 cells, Monday first. */

import type { Known } from './columns';
import type { Place } from './calendar';

export const HOURS = 24;
export const WEEKDAYS = 7;

/** The height of a row, and room for the days of the week and for the hours, in pixels. */
const ROW_PX = 22;
const LEFT_PX = 36;
const TOP_PX = 18;

export const HOURS_HEIGHT = TOP_PX + WEEKDAYS * ROW_PX;

/** The gap between two cells, in pixels. */
const GAP_PX = 2;

export interface HoursLayout {
	cell: { width: number; height: number };
	/** The corner of a cell; cells are counted along the rows. */
	placeOf: (index: number) => Place;
	/** Returns the cell under a place, or `null` where none is. */
	cellAt: (x: number, y: number) => number | null;
	/** The hours that are written out. */
	hours: number[];
}

/** Returns the values of the cells, along the rows; what is missing is unknown. */
export function cellsOf(grid: readonly (readonly Known[])[]): Known[] {
	return Array.from(
		{ length: WEEKDAYS * HOURS },
		(_, index) => grid[Math.floor(index / HOURS)]?.[index % HOURS] ?? null
	);
}

/** Returns where the cells are in a drawing that is `width` pixels wide. */
export function layOutHours(width: number): HoursLayout {
	const pitch = Math.max(4, (width - LEFT_PX) / HOURS);
	const every = pitch >= 22 ? 1 : pitch >= 14 ? 3 : 6;
	return {
		cell: { width: pitch - GAP_PX, height: ROW_PX - GAP_PX },
		placeOf: (index) => ({
			x: LEFT_PX + (index % HOURS) * pitch,
			y: TOP_PX + Math.floor(index / HOURS) * ROW_PX
		}),
		cellAt: (x, y) => {
			const [hour, day] = [Math.floor((x - LEFT_PX) / pitch), Math.floor((y - TOP_PX) / ROW_PX)];
			const inside = hour >= 0 && hour < HOURS && day >= 0 && day < WEEKDAYS;
			return inside ? day * HOURS + hour : null;
		},
		hours: Array.from({ length: HOURS / every }, (_, index) => index * every)
	};
}
