/** Which points of an axis are written out, so that no label says what its neighbour says. */

/** The distances between two hours on an axis that a person would choose. */
const STEPS_HOURS = [1, 2, 3, 4, 6, 12, 24];

/** Returns the points without those whose label is the one of the point before. */
export function distinct<Point extends { label: string }>(points: readonly Point[]): Point[] {
	return points.filter(({ label }, index) => label !== points[index - 1]?.label);
}

/**
 * Returns at most `most` of the hours that `clock` writes as `09:00`: of a single day those that are
 * whole steps, of several days the first of each.
 */
export function hourTicks(
	points: readonly string[],
	most: number,
	clock: (point: string) => string
): number[] {
	const hours = points.map((point) => Number(clock(point).slice(0, 2)));
	// Where clocks are set back, an hour is there twice.
	const isFirst = (index: number) => hours[index] !== hours[index - 1];
	const midnights = hours.flatMap((hour, index) => (hour === 0 && isFirst(index) ? [index] : []));
	if (midnights.length > 1) {
		const every = Math.ceil(midnights.length / Math.max(1, most));
		return midnights.filter((_, index) => index % every === 0);
	}
	const step = STEPS_HOURS.find((hours) => 24 / hours <= most) ?? 24;
	return hours.flatMap((hour, index) => (hour % step === 0 && isFirst(index) ? [index] : []));
}
