/**
 * Series over points in time: what the server answers, in the form that charts draw.
 *
 * Nothing is summed here that the server could have summed, except what folds into "other".
 * A value is `null` where it is unknown; it has no height, and its text states it.
 */

import type { DailyStats, Day, StatsCacheDay, Usage } from '$lib/api/types';
import { modelsOf, OTHER_SLOT, type Slots } from './slots';

/** A value, or `null` where it is unknown. */
export type Known = number | null;

/** The fields of a usage that can be drawn. */
export type Metric = {
	[Field in keyof Usage]-?: Usage[Field] extends Known ? Field : never;
}[keyof Usage];

export interface Series {
	/** What the series is of, or `null` for all that have no slot of their own. */
	key: string | null;
	label: string;
	slot: number;
	/** One value a point. */
	values: readonly Known[];
	/** The value of all points. */
	total: Known;
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
	/** Value of a point from another source only; drawn hollow, and not included in any sum. */
	hollow?: readonly (Hollow | null)[];
	/** Points of which nothing is known. */
	blank?: ReadonlySet<number>;
	/** Points whose value is a lower bound. */
	least?: ReadonlySet<number>;
}

/** A figure that is known from elsewhere, and not counted like the others. */
export interface Hollow {
	value: Known;
	/** Where it comes from, and what it counts. */
	note: string;
}

/** What to draw before there is anything to draw. */
export const NO_COLUMNS: Columns = { points: [], series: [], totals: [], total: null };

/** How series are named. */
export interface Names {
	labelOf: (key: string) => string;
	/** All that have no slot of their own. */
	other: string;
	/** Note on a day that only Claude Code's own statistics cover. */
	elsewhere?: (day: StatsCacheDay) => string;
}

/** Returns whether nothing is known of a day. */
export function isBlank(day: Pick<Day, 'certainty' | 'total_tokens' | 'stats_cache'>): boolean {
	return day.certainty === 'unknown' && day.total_tokens === 0 && !day.stats_cache;
}

/** Returns the positions of `items` that pass. */
function positions<Item>(items: readonly Item[], passes: (item: Item, index: number) => boolean) {
	return new Set(items.flatMap((item, index) => (passes(item, index) ? [index] : [])));
}

/** Returns the days of `daily` by model. */
export function dailyColumns(
	daily: DailyStats,
	metric: Metric,
	slots: Slots,
	names: Names
): Columns {
	const { days } = daily;
	const hollow = days.map(({ stats_cache }): Hollow | null =>
		stats_cache
			? {
					value: metric === 'total_tokens' ? stats_cache.tokens : null,
					note: names.elsewhere?.(stats_cache) ?? ''
				}
			: null
	);
	return {
		points: days.map(({ date }) => date),
		series: bySlot(modelsOf(daily), slots).map(([slot, models]) => {
			const members = new Set(models);
			const values = days.map((day) => valueOf(day, members, metric));
			return { ...named(slot, models, names), values, total: sum(values) };
		}),
		totals: days.map((day) => (day.stats_cache || isBlank(day) ? null : day[metric])),
		total: daily.totals[metric],
		blank: positions(days, isBlank),
		least: positions(days, (day) => metric === 'cost_usd' && day.certainty === 'at_least'),
		...(hollow.some((day) => day !== null) && { hollow })
	};
}

/** A trend as the server answers it, as far as it is drawn. */
export interface Trend {
	buckets: readonly string[];
	series: readonly {
		/** `null` for everything, and for what other series leave. */
		key: string | null;
		label: string;
		values: readonly Known[];
		total: Known;
	}[];
	totals: readonly Known[];
	/** Positions of the buckets whose cost is a lower bound. */
	at_least?: readonly number[];
	meta?: { first_day: string | null };
	statistics: { total: Known };
}

/** Returns a trend whose series wear `slots`; a single one for everything wears the first. */
export function trendColumns(trend: Trend, slots: Slots, names: Names): Columns {
	const { buckets, totals, statistics, series } = trend;
	const firstDay = trend.meta?.first_day ?? '';
	const frame = {
		points: buckets,
		totals,
		total: statistics.total,
		blank: positions(totals, (value, index) => value === null && (buckets[index] ?? '') < firstDay),
		least: new Set(trend.at_least)
	};
	const [first] = series;
	if (series.length === 1 && first?.key === null)
		return { ...frame, series: [{ ...first, slot: 1 }] };
	const keyed = new Map(series.map((one) => [one.key ?? '', one]));
	return {
		...frame,
		series: bySlot([...keyed.keys()], slots).map(([slot, keys]) => {
			const members = keys.flatMap((key) => keyed.get(key) ?? []);
			const values = buckets.map((_, index) =>
				sum(members.map((one) => one.values[index] ?? null))
			);
			return { ...named(slot, keys, names), values, total: sum(members.map((one) => one.total)) };
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
function valueOf(day: Day, models: ReadonlySet<string>, metric: Metric): Known {
	const used = (day.models ?? []).filter(({ model }) => models.has(model));
	return used.length === 0 ? 0 : sum(used.map((usage) => usage[metric]));
}

/** Returns the sum of what is known, or `null` when that is nothing and something is unknown. */
function sum(values: readonly Known[]): Known {
	const known = values.filter((value) => value !== null);
	const unknown = known.length < values.length;
	const total = known.reduce((left, right) => left + right, 0);
	return unknown && total === 0 ? null : total;
}
