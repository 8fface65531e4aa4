/**
 * Series over points in time: what the server answers, in the form that charts draw.
 *
 * Nothing is summed here that the server could have summed, except what folds into "other".
 * A value is `null` where it is unknown; it has no height, and its text states it.
 */

import type { DailyStats, Day, ImportedUsage, StatsCacheDay, Usage } from '$lib/api/types';
import { certaintyOfSum, type Certainty } from '$lib/format/format';
import { daysOfBucket } from '$lib/state/buckets';
import { dateIn } from '$lib/state/period';
import { certaintyAt, isBlank, isElsewhere, type Bounded, type Known } from './bounded';
import { modelsOf, OTHER_SLOT, type Slots } from './slots';

export { certaintyAt, isBlank, writeAt, type Bounded, type Known } from './bounded';

/** The fields of a usage that can be drawn. */
export type Metric = {
	[Field in keyof Usage]-?: Usage[Field] extends Known ? Field : never;
}[keyof Usage];

export interface Series extends Bounded {
	/** What the series is of, or `null` for all that have no slot of their own. */
	key: string | null;
	label: string;
	slot: number;
	/** The value of all points. */
	total: Known;
	/** How much of the usage the total covers. */
	certainty: Certainty;
}

export interface Columns {
	/** A date or the beginning of a bucket, as the server wrote it. */
	points: readonly string[];
	/** In the order of their slots. */
	series: readonly Series[];
	/** The value of each point, as the server gave it. */
	totals: readonly Known[];
	/** The value of all points, as the server gave it. */
	total: Known;
	/** How much of the usage the total covers. */
	certainty: Certainty;
	/** Value of a point from another source only; drawn hollow, and not included in any sum. */
	hollow?: readonly (Hollow | null)[];
	/** Points of which nothing is known. */
	blank?: ReadonlySet<number>;
	/** Points that are not complete: a week or month that is cut off, and what is not over yet. */
	partial?: ReadonlySet<number>;
	/** How many points have begun, where some are to come. */
	begun?: number;
	/** Points whose value is a lower bound. */
	least: ReadonlySet<number>;
}

/** Returns the total of each point. */
export function totalsOf({ totals, least }: Pick<Columns, 'totals' | 'least'>): Bounded {
	return { values: totals, least };
}

/** Returns columns of a single series. */
export function singleColumns(
	label: string,
	points: readonly string[],
	usages: readonly { value: Known; certainty: Certainty }[],
	whole: { value: Known; certainty: Certainty }
): Columns {
	const values = usages.map(({ value }) => value);
	const least = positions(usages, ({ certainty }) => certainty === 'at_least');
	const { value: total, certainty } = whole;
	const series = { key: null, label, slot: 1, values, least, total, certainty };
	return { points, series: [series], totals: values, least, total, certainty };
}

/** Returns a figure of each day of `daily`; what only another source counts is unknown. */
export function dayColumns(label: string, daily: DailyStats, metric: Metric): Columns {
	const { days, totals } = daily;
	const usages = days.map((day) => ({
		value: isElsewhere(day) || isBlank(day) ? null : day[metric],
		certainty: certaintyOf(day, metric)
	}));
	const whole = { value: totals[metric], certainty: certaintyOf(totals, metric) };
	return {
		...singleColumns(
			label,
			days.map(({ date }) => date),
			usages,
			whole
		),
		blank: positions(days, isBlank),
		partial: daysNotOver(daily)
	};
}

/** Returns the positions of the days that were not over when the answer was given. */
function daysNotOver({ days, meta }: DailyStats): Set<number> {
	const today = dateIn(meta.tz, new Date(meta.generated_at));
	return positions(days, ({ date }) => date >= today);
}

/** Returns whether nothing is known of any point. */
export function isAllBlank({ points, blank }: Pick<Columns, 'points' | 'blank'>): boolean {
	return points.length > 0 && blank?.size === points.length;
}

/** Returns whether nothing but zero is known of a series, and not even that everywhere: there is nothing to draw. */
export function isUnknown({ values }: Pick<Series, 'values'>): boolean {
	return values.length > 0 && sum(values) === null;
}

/** A figure that is known from elsewhere, and not counted like the others. */
export interface Hollow {
	value: Known;
	/** Where it comes from, and what it counts. */
	note: string;
}

/** How series are named. */
export interface Names {
	labelOf: (key: string) => string;
	/** All that have no slot of their own. */
	other: string;
	/** Note on a day that only Claude Code's own statistics cover. */
	elsewhere?: (day: StatsCacheDay) => string;
	/** Note on a day that only another program covers. */
	imported?: (usage: ImportedUsage) => string;
}

/** Returns the positions of `items` that pass. */
function positions<Item>(items: readonly Item[], passes: (item: Item, index: number) => boolean) {
	return new Set(items.flatMap((item, index) => (passes(item, index) ? [index] : [])));
}

/** Returns what others counted on a day that the transcripts do not cover. */
function hollowOf(day: Day, metric: Metric, names: Names): Hollow | null {
	const { source, stats_cache, imported = [] } = day;
	const isTokens = metric === 'total_tokens';
	if (stats_cache) {
		return {
			value: isTokens ? stats_cache.tokens : null,
			note: names.elsewhere?.(stats_cache) ?? ''
		};
	}
	const [first] = imported;
	if (source !== 'imported' || !first) return null;
	return {
		value: isTokens ? first.total_tokens : first.cost_usd,
		note: imported.map((usage) => names.imported?.(usage) ?? '').join(' ')
	};
}

/** Returns the days of `daily` by model. */
export function dailyColumns(
	daily: DailyStats,
	metric: Metric,
	slots: Slots,
	names: Names
): Columns {
	const { days } = daily;
	const hollow = days.map((day) => hollowOf(day, metric, names));
	return {
		points: days.map(({ date }) => date),
		series: bySlot(modelsOf(daily), slots).map(([slot, models]) => {
			const members = new Set(models);
			const usages = days.map((day) => usageOf(day, members, metric));
			const values = usages.map(({ value }) => value);
			return {
				...named(slot, models, names),
				values,
				least: positions(usages, ({ certainty }) => certainty === 'at_least'),
				total: sum(values),
				certainty: certaintyOfSum(usages.map(({ certainty }) => certainty))
			};
		}),
		totals: days.map((day) => (isElsewhere(day) || isBlank(day) ? null : day[metric])),
		total: daily.totals[metric],
		certainty: certaintyOf(daily.totals, metric),
		blank: positions(days, isBlank),
		partial: daysNotOver(daily),
		least: positions(days, (day) => certaintyOf(day, metric) === 'at_least'),
		...(hollow.some((day) => day !== null) && { hollow })
	};
}

/** A trend as the server answers it, as far as it is drawn. */
export interface Trend {
	/** How long a bucket is. */
	bucket: string;
	buckets: readonly string[];
	/** Positions of the buckets that are not complete. */
	partial: readonly number[];
	series: readonly {
		/** `null` for everything, and for what other series leave. */
		key: string | null;
		label: string;
		values: readonly Known[];
		/** Positions of the values that are lower bounds. */
		at_least: readonly number[];
		total: Known;
		certainty: Certainty;
	}[];
	totals: readonly Known[];
	/** Positions of the totals that are lower bounds. */
	at_least: readonly number[];
	/** How much of the usage the total covers. */
	certainty: Certainty;
	meta: { first_day: string | null; tz: string; generated_at: string };
	statistics: { total: Known };
}

/** Returns a trend whose series wear `slots`; a single one for everything wears the first. */
export function trendColumns(trend: Trend, slots: Slots, names: Names): Columns {
	const { bucket, buckets, totals, statistics, series, meta } = trend;
	const lastDayOf = (index: number) => daysOfBucket(buckets[index] ?? '', bucket, meta.tz).to;
	const firstDay = meta.first_day ?? '';
	const frame = {
		points: buckets,
		totals,
		total: statistics.total,
		certainty: trend.certainty,
		blank: positions(totals, (value, index) => value === null && lastDayOf(index) < firstDay),
		partial: new Set(trend.partial),
		begun:
			bucket === 'hour'
				? buckets.filter((start) => Date.parse(start) <= Date.parse(meta.generated_at)).length
				: undefined,
		least: new Set(trend.at_least)
	};
	const [first] = series;
	if (series.length === 1 && first?.key === null)
		return { ...frame, series: [{ ...first, slot: 1, least: new Set(first.at_least) }] };
	const keyed = new Map(series.map((one) => [one.key ?? '', one]));
	return {
		...frame,
		series: bySlot([...keyed.keys()], slots).map(([slot, keys]) => {
			const members = keys.flatMap((key) => keyed.get(key) ?? []);
			const parts = members.map(({ values, at_least }) => ({ values, least: new Set(at_least) }));
			const certainties = buckets.map((_, index) =>
				certaintyOfSum(parts.map((part) => certaintyAt(part, index)))
			);
			return {
				...named(slot, keys, names),
				values: buckets.map((_, index) => sum(members.map((one) => one.values[index] ?? null))),
				least: positions(certainties, (certainty) => certainty === 'at_least'),
				total: sum(members.map((one) => one.total)),
				certainty: certaintyOfSum(members.map((one) => one.certainty))
			};
		})
	};
}

/** Returns the position of the highest of `totals`, or `null` when none is above zero. */
export function peakOf(totals: readonly Known[]): number | null {
	const highest = totals.reduce<number>((most, value) => Math.max(most, value ?? 0), 0);
	return highest > 0 ? totals.indexOf(highest) : null;
}

/** Returns `keys` by slot, the lowest slot first. */
function bySlot(keys: readonly string[], slots: Slots): [number, string[]][] {
	const members = new Map<number, string[]>();
	for (const key of keys) {
		const slot = slots.get(key) ?? OTHER_SLOT;
		members.set(slot, [...(members.get(slot) ?? []), key]);
	}
	return [...members].sort(([one], [other]) => one - other);
}

/** Names the series of a slot that `keys` share. */
function named(slot: number, keys: readonly string[], { labelOf, other }: Names) {
	const key = slot === OTHER_SLOT ? null : (keys[0] ?? null);
	return { key, slot, label: key === null ? other : labelOf(key) };
}

/** Returns what `models` used on `day`: zero without them, `null` when none of it is known. */
function usageOf(
	day: Day,
	models: ReadonlySet<string>,
	metric: Metric
): { value: Known; certainty: Certainty } {
	const used = (day.models ?? []).filter(({ model }) => models.has(model));
	return {
		value: used.length === 0 ? 0 : sum(used.map((usage) => usage[metric])),
		certainty: certaintyOfSum(used.map((usage) => certaintyOf(usage, metric)))
	};
}

/** Returns the certainty of a metric: what is no amount is exact. */
export function certaintyOf({ certainty }: Pick<Usage, 'certainty'>, metric: Metric): Certainty {
	return metric === 'cost_usd' || metric === 'cache_saving_usd' ? certainty : 'exact';
}

/** Returns the sum of what is known, or `null` when that is nothing and something is unknown. */
function sum(values: readonly Known[]): Known {
	const known = values.filter((value) => value !== null);
	const unknown = known.length < values.length;
	const total = known.reduce((left, right) => left + right, 0);
	return unknown && total === 0 ? null : total;
}
