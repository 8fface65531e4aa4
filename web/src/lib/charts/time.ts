/** Round times of a zone, for axes of time. */

const SECOND = 1000;
const MINUTE = 60 * SECOND;
const HOUR = 60 * MINUTE;
const DAY = 24 * HOUR;

/** The distances between two times on an axis that a person would choose, in milliseconds. */
const STEPS_MS = [
	...[1, 5, 15, 30].map((count) => count * SECOND),
	...[1, 2, 5, 10, 15, 30].map((count) => count * MINUTE),
	...[1, 2, 3, 6, 12].map((count) => count * HOUR),
	...[1, 2, 7, 14, 28].map((count) => count * DAY)
];

/** Returns a CSS time in milliseconds: a minifier writes `300ms` as `.3s`. */
export function milliseconds(time: string): number {
	return parseFloat(time) * (time.trim().endsWith('ms') ? 1 : SECOND);
}

/** Returns how far the clocks of an IANA zone are ahead of UTC at a moment, in milliseconds. */
export function zoneOffset(zone: string, at: number): number {
	const second = Math.floor(at / SECOND) * SECOND;
	// Swedish writes a moment like ISO 8601 does.
	const clock = new Date(second).toLocaleString('sv', { timeZone: zone });
	return Date.parse(`${clock.replace(' ', 'T')}Z`) - second;
}

/** Returns the distance between two times on an axis that is at least `leastMs`. */
export function timeStep(leastMs: number): number {
	return STEPS_MS.find((step) => step >= leastMs) ?? Math.ceil(leastMs / DAY) * DAY;
}

/** Returns the times from `from` to `to` that are whole steps for clocks ahead of UTC by `offset`. */
export function roundTimes(from: number, to: number, step: number, offset: number): number[] {
	const first = Math.ceil((from + offset) / step) * step - offset;
	const count = Math.max(0, Math.floor((to - first) / step) + 1);
	return Array.from({ length: count }, (_, index) => first + index * step);
}
