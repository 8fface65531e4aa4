/**
 * Stacked bars of days: from the server's answer to series, and from series to shapes.
 *
 * Nothing is summed here that the server could have summed, except what folds into "other".
 * A value is `null` where it is unknown; such a part has no height, and its text says so.
 */

import { max } from 'd3-array';
import { scaleBand, scaleLinear } from 'd3-scale';
import { stack } from 'd3-shape';
import type { DailyStats, Day } from '$lib/api/types';
import { OTHER_SLOT, type Slots } from './slots';

/** What the height of a bar means. */
export type Metric = 'cost_usd' | 'total_tokens';

export interface Series {
	/** The model, or `null` for all that have no slot of their own. */
	model: string | null;
	slot: number;
	/** One value a day. */
	values: (number | null)[];
	/** The value of all days. */
	total: number | null;
}

export interface DayBars {
	dates: string[];
	series: Series[];
	/** The value of each day, as the server gave it. */
	dayTotals: (number | null)[];
	total: number | null;
	/** Position of the highest day; `null` when there is none above zero. */
	peak: number | null;
}

/** Returns the series of `daily`, in the order of their slots. */
export function toDayBars(daily: DailyStats, metric: Metric, slots: Slots): DayBars {
	const { days } = daily;
	const dayTotals = days.map((day) => day[metric]);
	const highest = max(dayTotals, (value) => value ?? 0) ?? 0;
	return {
		dates: days.map((day) => day.date),
		series: membersBySlot(days, slots).map(([slot, models]) => {
			const values = days.map((day) => valueOf(day, models, metric));
			return {
				model: slot === OTHER_SLOT ? null : ([...models][0] ?? null),
				slot,
				values,
				total: sum(values)
			};
		}),
		dayTotals,
		total: daily.totals[metric],
		peak: highest > 0 ? dayTotals.indexOf(highest) : null
	};
}

/** Returns every model of `daily`, in the order of its first day. */
export function modelsOf(daily: DailyStats): string[] {
	return [...new Set(daily.days.flatMap((day) => (day.models ?? []).map(({ model }) => model)))];
}

/** Returns the models of `days` by slot, the lowest slot first. */
function membersBySlot(days: Day[], slots: Slots): [number, Set<string>][] {
	const members = new Map<number, Set<string>>();
	for (const { model } of days.flatMap((day) => day.models ?? [])) {
		const slot = slots.get(model) ?? OTHER_SLOT;
		members.set(slot, (members.get(slot) ?? new Set()).add(model));
	}
	return [...members].sort(([one], [other]) => one - other);
}

/** Returns what `models` used on `day`: zero without them, `null` when none of it is known. */
function valueOf(day: Day, models: Set<string>, metric: Metric): number | null {
	const used = (day.models ?? []).filter(({ model }) => models.has(model));
	return used.length === 0 ? 0 : sum(used.map((usage) => usage[metric]));
}

/** Returns the sum of what is known, or `null` when that is nothing and something is unknown. */
function sum(values: (number | null)[]): number | null {
	const known = values.filter((value) => value !== null);
	const unknown = known.length < values.length;
	const total = known.reduce((left, right) => left + right, 0);
	return unknown && total === 0 ? null : total;
}

export interface Size {
	width: number;
	height: number;
}

/** The room around the bars, in pixels, for the labels of the axes. */
export const MARGIN = { top: 10, right: 24, bottom: 24, left: 52 } as const;

/** The least distance between two dates on the axis, in pixels. */
const DATE_EVERY_PX = 72;

/** The widest bar, in pixels: a single day is no wall. */
const WIDEST_PX = 48;

export interface Tick {
	at: number;
	value: number;
}

export interface Drawing {
	/** One path a series. */
	paths: { slot: number; d: string }[];
	/** Lines across, with the value that they stand for. */
	valueTicks: Tick[];
	/** Middles of the days that are written out, with their position among the days. */
	dateTicks: Tick[];
	/** Returns the middle of a day. */
	middleOf: (index: number) => number;
	/** Returns the day under a horizontal position, or `null` beside all days. */
	dayAt: (x: number) => number | null;
	/** Distance from day to day. */
	step: number;
}

/** Returns the shapes of `bars` for a drawing of `size` pixels. */
export function draw(bars: DayBars, size: Size): Drawing {
	const left = MARGIN.left;
	const right = Math.max(left + 1, size.width - MARGIN.right);
	const bottom = size.height - MARGIN.bottom;
	const count = bars.dates.length;

	const days = scaleBand<number>(
		Array.from({ length: count }, (_, index) => index),
		[left, right]
	);
	const step = days.step();
	const gap = step > 6 ? Math.min(step * 0.25, 8) : step > 3 ? 1 : 0;
	const width = Math.min(step - gap, WIDEST_PX);
	const middleOf = (index: number) => left + step * (index + 0.5);

	const layers = stack<number, number>()
		.keys(bars.series.map((_, index) => index))
		.value((day, series) => bars.series[series]?.values[day] ?? 0)(days.domain());
	const top = max(layers.at(-1) ?? [], ([, end]) => end) ?? 0;
	const height = scaleLinear([0, top || 1], [bottom, MARGIN.top]).nice(4);

	return {
		paths: layers.map((layer, index) => ({
			slot: bars.series[index]?.slot ?? OTHER_SLOT,
			d: layer
				.map(([start, end], day) => {
					if (end <= start) return '';
					const x = middleOf(day) - width / 2;
					const [low, high] = [height(start), height(end)];
					return `M${px(x)},${px(low)}V${px(high)}h${px(width)}V${px(low)}z`;
				})
				.join('')
		})),
		valueTicks: top > 0 ? height.ticks(4).map((value) => ({ value, at: height(value) })) : [],
		dateTicks: everyNth(count, (right - left) / DATE_EVERY_PX).map((index) => ({
			value: index,
			at: middleOf(index)
		})),
		middleOf,
		dayAt: (x) => {
			const index = Math.floor((x - left) / step);
			return index >= 0 && index < count ? index : null;
		},
		step
	};
}

/** Returns at most `most` of `count` positions, evenly spaced, the last one among them. */
function everyNth(count: number, most: number): number[] {
	const step = Math.max(1, Math.ceil(count / Math.max(1, most)));
	return Array.from({ length: Math.ceil(count / step) }, (_, index) => count - 1 - index * step);
}

/** Writes a length with at most two decimals. */
function px(length: number): string {
	return String(Math.round(length * 100) / 100);
}
