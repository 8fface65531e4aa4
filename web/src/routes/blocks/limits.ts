/** Official limits in the form that their chart shows. */

import type { Limits } from '$lib/api/types';
import { WINDOWS, type LimitFigure, type LimitSample } from '$lib/charts/limits';

/**
 * Returns the values of both windows at every report: a value holds until its window is over. Of several
 * accounts, the one with the latest report is taken.
 */
export function toSamples({ samples, current }: Limits): LimitSample[] {
	const source = current ? current.source : (samples.at(-1)?.source ?? null);
	const known: Record<(typeof WINDOWS)[number], LimitFigure | null> = {
		five_hour: null,
		seven_day: null
	};
	const curve: LimitSample[] = [];
	for (const sample of samples) {
		const window = WINDOWS.find((name) => name === sample.window);
		// A value without a known end of its window is not drawn.
		if (sample.source !== source || !window || sample.resets_at === null) continue;
		const { sampled_at, used_percentage, resets_at } = sample;
		known[window] = { used_percentage, resets_at };
		for (const name of WINDOWS) {
			const figure = known[name];
			if (figure && Date.parse(figure.resets_at) <= Date.parse(sampled_at)) known[name] = null;
		}
		curve.push({ sampled_at, ...known });
	}
	return curve;
}

/** Returns how often each window's limit was reached. */
export function hitsOf({ hits }: Limits): { fiveHour: number; sevenDay: number } {
	const of = (name: string) => hits.filter(({ window }) => window === name).length;
	return { fiveHour: of('five_hour'), sevenDay: of('seven_day') };
}
