/** How metrics and groups are called, and how their values are written. */

import type { Metric } from '$lib/api/types';
import { bucketWords } from '$lib/charts/bucketWords';
import type { Words } from '$lib/charts/reading';
import type { Formatter, Write } from '$lib/format/format';
import { isUsd, METRIC_WORDS } from '$lib/format/metrics';
import { m } from '$lib/paraglide/messages';
import { addsUp, type Group } from './view';

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
	if (isUsd(metric)) {
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
	if (isUsd(metric)) return m.unknown_cost();
	return metric === 'cache_hit_rate' ? m.unknown_rate() : undefined;
}

/** Returns how a trend is written. */
export function trendWords(metric: Metric, bucket: string, format: Formatter): Words {
	const { short } = valueWords(metric, format);
	return {
		value: short,
		axis: (value) => {
			if (isUsd(metric)) return format.axisUsd(value);
			return addsUp(metric) || metric === 'sessions'
				? format.compact(value)
				: format.axisPercent(value);
		},
		...bucketWords(bucket, format),
		unknown: unknownWords(metric)
	};
}
