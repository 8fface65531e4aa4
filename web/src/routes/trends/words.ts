/** How metrics, groups and buckets are called, and how their values and points are written. */

import type { Metric } from '$lib/api/types';
import type { Words } from '$lib/charts/reading';
import { hourTicks } from '$lib/charts/ticks';
import type { Formatter, Write } from '$lib/format/format';
import { METRIC_WORDS } from '$lib/format/metrics';
import { m } from '$lib/paraglide/messages';
import { addDays, type Days } from '$lib/state/period';
import { addsUp, type Bucket, type Group } from './view';

export const BUCKET_WORDS: Record<Bucket, () => string> = {
	hour: () => m.trends_hour(),
	day: () => m.overview_by_day(),
	week: () => m.trends_week(),
	month: () => m.trends_month()
};

export const GROUP_WORDS: Record<Group, () => string> = {
	none: () => m.trends_group_none(),
	model: () => m.model(),
	project: () => m.project(),
	kind: () => m.trends_group_kind()
};

/** Names a kind of tokens as the server calls it. */
export function kindWords(key: string): string {
	const metric = `${key}_tokens`;
	return metric in METRIC_WORDS ? METRIC_WORDS[metric as Metric]() : key;
}

/** Names what the series leave. */
export function otherWords(group: Group): string {
	return group === 'model' ? m.other_models() : m.trends_other();
}

/** Returns how values of `metric` are written: in few letters, and in full. */
export function valueWords(metric: Metric, format: Formatter): { short: Write; full: Write } {
	if (metric === 'cost_usd') {
		const amount: Write = (value, certainty) => format.amount(value, certainty);
		return { short: amount, full: amount };
	}
	if (metric === 'cache_hit_rate') {
		const percent: Write = (value) => format.percent(value);
		return { short: percent, full: percent };
	}
	return { short: (value) => format.compact(value), full: (value) => format.count(value) };
}

/** Returns why a value of `metric` may be unknown. */
export function unknownWords(metric: Metric): string | undefined {
	if (metric === 'cost_usd') return m.unknown_cost();
	return metric === 'cache_hit_rate' ? m.unknown_rate() : undefined;
}

/** Names a bucket in full. */
export function bucketName(start: string, bucket: Bucket, format: Formatter): string {
	switch (bucket) {
		case 'hour':
			return format.moment(start);
		case 'day':
			return format.weekday(start);
		case 'week':
			return format.period(start, addDays(start, 6));
		case 'month':
			return format.monthOfYear(start);
	}
}

/** Returns how a trend is written. */
export function trendWords(metric: Metric, bucket: Bucket, format: Formatter): Words {
	const { short } = valueWords(metric, format);
	return {
		value: short,
		axis: (value) => {
			if (metric === 'cost_usd') return format.axisUsd(value);
			return addsUp(metric) || metric === 'sessions'
				? format.compact(value)
				: format.axisPercent(value);
		},
		point: (start) => bucketName(start, bucket, format),
		tick: (start) => {
			if (bucket === 'month') return format.month(start);
			if (bucket !== 'hour') return format.shortDay(start);
			const clock = format.clock(start);
			return clock === '00:00' ? format.localDay(start) : clock;
		},
		...(bucket === 'hour' && {
			ticks: (points, most) => hourTicks(points, most, (point) => format.clock(point))
		}),
		unknown: unknownWords(metric)
	};
}

/** Returns the days of a bucket that begins at `start`, a day; of an hour, `start` is its day. */
export function daysOfBucket(start: string, bucket: Bucket): Days {
	switch (bucket) {
		case 'hour':
		case 'day':
			return { from: start, to: start };
		case 'week':
			return { from: start, to: addDays(start, 6) };
		case 'month': {
			const next = new Date(start);
			next.setUTCMonth(next.getUTCMonth() + 1);
			return { from: start, to: addDays(next.toISOString().slice(0, 10), -1) };
		}
	}
}
