/**
 * Days in columns of weeks that begin with Monday.
 *
 * The columns stand side by side in bands as wide as the drawing allows: a year, half a year or a
 * quarter. Places are found by arithmetic both ways; no cell is an element.
 */

import { DAY_MS } from '$lib/state/period';

/** Room for the days of the week and for the months, in pixels. */
export const WEEKDAYS_PX = 28;
export const MONTHS_PX = 18;

/** The largest cell with its gap, in pixels. */
const LARGEST_PX = 21;

/** The distance between two bands, in pixels. */
export const BAND_GAP_PX = 10;

/** How many weeks are side by side, from which width on, in pixels. */
const WEEKS: readonly (readonly [from: number, weeks: number])[] = [
	[506, 53],
	[340, 26],
	[0, 13]
];

export interface Place {
	x: number;
	y: number;
}

export interface CalendarLayout {
	/** The distance from cell to cell. */
	pitch: number;
	/** The length of a cell's side. */
	side: number;
	width: number;
	height: number;
	/** Where the top of each band is. */
	bands: number[];
	/** The corner of a day's cell. */
	placeOf: (index: number) => Place;
	/** Returns the day under a place, or `null` where none is. */
	dayAt: (x: number, y: number) => number | null;
	/** Where months begin, with a day in them. */
	months: (Place & { index: number })[];
}

/** Returns the day of the week of a `YYYY-MM-DD` date; 0 is Monday. */
export function weekdayOf(date: string): number {
	// Day zero of the epoch was a Thursday.
	return (((Date.parse(date) / DAY_MS + 3) % 7) + 7) % 7;
}

/** Returns how many weeks are drawn side by side in `width` pixels. */
export function weeksIn(width: number): number {
	return WEEKS.find(([from]) => width >= from)?.[1] ?? 13;
}

/** Returns how many of `count` days that end with `last` belong to its last `weeks` weeks. */
export function daysInLastWeeks(last: string, count: number, weeks: number): number {
	return Math.min(count, weekdayOf(last) + 1 + (weeks - 1) * 7);
}

/** Returns how many bands of `weeks` weeks the `count` days from `first` on take. */
export function bandsOf(first: string, count: number, weeks: number): number {
	const columns = count === 0 ? 0 : Math.ceil((weekdayOf(first) + count) / 7);
	return Math.max(1, Math.ceil(columns / weeks));
}

/** Returns where the `count` days from `first` on are, in a drawing that is `width` pixels wide. */
export function layOut(first: string, count: number, width: number): CalendarLayout {
	const weeks = weeksIn(width);
	const pitch = Math.max(4, Math.min(LARGEST_PX, Math.floor((width - WEEKDAYS_PX) / weeks)));
	const bandHeight = MONTHS_PX + 7 * pitch;
	const offset = count === 0 ? 0 : weekdayOf(first);
	const columns = Math.ceil((offset + count) / 7);
	const bandCount = bandsOf(first, count, weeks);
	const bands = Array.from({ length: bandCount }, (_, band) => band * (bandHeight + BAND_GAP_PX));

	const cornerOf = (column: number, row: number): Place => ({
		x: WEEKDAYS_PX + (column % weeks) * pitch,
		y: (bands[Math.floor(column / weeks)] ?? 0) + MONTHS_PX + row * pitch
	});

	return {
		pitch,
		side: pitch - (pitch > 12 ? 3 : pitch > 9 ? 2 : 1),
		width: WEEKDAYS_PX + Math.min(weeks, Math.max(columns, 1)) * pitch,
		height: bandCount * (bandHeight + BAND_GAP_PX) - BAND_GAP_PX,
		bands,
		placeOf: (index) => cornerOf(Math.floor((offset + index) / 7), (offset + index) % 7),
		dayAt: (x, y) => {
			const band = Math.floor(y / (bandHeight + BAND_GAP_PX));
			const column = Math.floor((x - WEEKDAYS_PX) / pitch);
			const row = Math.floor((y - (bands[band] ?? NaN) - MONTHS_PX) / pitch);
			if (!(column >= 0 && column < weeks && row >= 0 && row < 7)) return null;
			const index = (band * weeks + column) * 7 + row - offset;
			return index >= 0 && index < count ? index : null;
		},
		months: monthsOf(first, count, offset, weeks, Math.ceil(30 / pitch)).map(
			({ column, index }) => ({
				x: cornerOf(column, 0).x,
				y: cornerOf(column, 0).y - MONTHS_PX,
				index
			})
		)
	};
}

/**
 * Returns the columns in which a month begins, and the very first one; labels are at least `apart`
 * columns from each other and from the end of their band.
 */
function monthsOf(first: string, count: number, offset: number, weeks: number, apart: number) {
	const columnOf = (index: number) => Math.floor((offset + index) / 7);
	const start = new Date(first);
	const days: number[] = [];
	for (let index = 0, month = start.getUTCMonth(); index < count;) {
		days.push(index);
		month += 1;
		index = (Date.UTC(start.getUTCFullYear(), month, 1) - start.getTime()) / DAY_MS;
	}
	// The rest of a month at the beginning gives way to the month that follows.
	const [rest = 0, next] = days;
	if (next !== undefined && columnOf(next) - columnOf(rest) < apart) days.shift();
	return days
		.map((index) => ({ index, column: columnOf(index) }))
		.filter(({ column }) => weeks - (column % weeks) >= apart);
}

/** Returns the squares at `places` as one path, for an outline of one pixel around each. */
export function squares(places: Iterable<Place>, side: number): string {
	let d = '';
	for (const { x, y } of places) d += `M${x + 0.5},${y + 0.5}h${side - 1}v${side - 1}h${1 - side}z`;
	return d;
}
