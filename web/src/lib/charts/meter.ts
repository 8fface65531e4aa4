/** How far something has come, and where it goes: a window's cost against what was planned. */

import type { Known } from './columns';

export interface MeterGiven {
	/** What has come together so far; `null` where it is unknown. */
	value: Known;
	/** The projected value at the end. */
	projected?: Known;
	/** What it should not go beyond. */
	target?: Known;
	/** What would have come together by now at an even pace. */
	pace?: Known;
	/** How much of the time is over, 0..1. */
	elapsed: number;
}

/** Places on a line from 0 to 1. */
export interface MeterDrawing {
	value: number;
	/** Where the projection ends; `null` without one. */
	projected: number | null;
	/** Where the target is; `null` without one. */
	target: number | null;
	/** Where the pace is; `null` without one. */
	pace: number | null;
	elapsed: number;
	/** Whether the target is missed, or will be. */
	over: 'no' | 'expected' | 'yes';
}

const within = (value: number) => Math.max(0, Math.min(1, value));

/** Returns where everything is on a line that ends with the highest of all amounts. */
export function drawMeter({
	value,
	projected = null,
	target = null,
	pace = null,
	elapsed
}: MeterGiven): MeterDrawing {
	const now = value ?? 0;
	const end = Math.max(now, projected ?? 0, target ?? 0);
	const at = (amount: number) => (end > 0 ? within(amount / end) : 0);
	return {
		value: at(now),
		projected: projected === null || projected <= now ? null : at(projected),
		target: target === null ? null : at(target),
		pace: pace === null ? null : at(pace),
		elapsed: within(elapsed),
		over:
			target === null ? 'no' : now > target ? 'yes' : (projected ?? 0) > target ? 'expected' : 'no'
	};
}

/** Returns a place as `aria-valuenow`, which may not have an exponent. */
export const meterValue = (place: number): number => Number(place.toFixed(4));

/** Returns how much of the time from `start` to `end` is over at `now`, 0..1. */
export function elapsedOf(start: string, end: string, now: number): number {
	const [from, to] = [Date.parse(start), Date.parse(end)];
	return to > from ? within((now - from) / (to - from)) : 0;
}
