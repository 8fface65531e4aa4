/**
 * Official limits over time, as they were captured from the status line.
 *
 * A window that was reset starts again: no line connects its last value to the first one of the
 * next window, because the values in between are unknown.
 */

import type { Known } from './columns';

export interface LimitFigure {
	/** 0..100. */
	used_percentage: number;
	/** When the window is over. */
	resets_at: string;
}

/** A moment at which figures were captured. */
export interface LimitSample {
	sampled_at: string;
	five_hour: LimitFigure | null;
	seven_day: LimitFigure | null;
}

/** The windows that are limited, shortest first. */
export const WINDOWS = ['five_hour', 'seven_day'] as const;
export type LimitWindow = (typeof WINDOWS)[number];

export interface LimitLine {
	window: LimitWindow;
	/** Epoch milliseconds; a reset has a moment of its own, without a value. */
	times: number[];
	/** 0..1, or `null` where nothing was captured. */
	values: Known[];
}

export interface LimitCurve {
	/** The moments at which something was captured, in epoch milliseconds. */
	times: number[];
	lines: LimitLine[];
	resets: { at: number; window: LimitWindow }[];
}

/** By how much reports of the end of the same window may differ, in milliseconds. */
const JITTER_MS = 5 * 60_000;

/** Returns the curve of `samples`. */
export function toLimitCurve(samples: readonly LimitSample[]): LimitCurve {
	const sorted = samples
		.map((sample) => ({ ...sample, at: Date.parse(sample.sampled_at) }))
		.sort((one, other) => one.at - other.at);
	const resets: LimitCurve['resets'] = [];
	const lines = WINDOWS.map((window) => {
		const line: LimitLine = { window, times: [], values: [] };
		let end: number | null = null;
		for (const { at, [window]: figure } of sorted) {
			const nextEnd = figure && Date.parse(figure.resets_at);
			if (end !== null && nextEnd !== null && nextEnd - end > JITTER_MS) {
				const reset = Math.min(end, at);
				resets.push({ at: reset, window });
				line.times.push(reset);
				line.values.push(null);
			}
			line.times.push(at);
			line.values.push(figure && figure.used_percentage / 100);
			end = nextEnd ?? end;
		}
		return line;
	});
	return { times: sorted.map(({ at }) => at), lines, resets };
}
