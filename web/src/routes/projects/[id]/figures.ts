/** What a project comes down to, with the changes since the period of comparison. */

import type { Snippet } from 'svelte';
import type { ChangedField, Stats, Usage } from '$lib/api/types';
import { describeChange } from '$lib/format/change';
import type { Formatter, Write } from '$lib/format/format';
import { m } from '$lib/paraglide/messages';
import { changePlace } from '$lib/state/changePlace';
import type { FilterState } from '$lib/state/filter.svelte';
import type { Figure } from '$lib/ui/Figures.svelte';

interface Context {
	project: string;
	filter: Pick<FilterState, 'href'>;
	format: Formatter;
	/** Shown beside the cost. */
	info?: Snippet;
}

/** Returns the change of a field; `write` writes its previous value. */
type Changed = (field: ChangedField, write: Write) => Figure['change'];

/** Returns the figures of a project. */
export function figuresOf(stats: Stats, { project, filter, format, info }: Context): Figure[] {
	const { totals, change, previous } = stats;
	const changed: Changed = (field, write) => {
		const before = write(previous?.totals[field] ?? null, previous?.totals.certainty ?? 'unknown');
		const unit = field === 'cache_hit_rate' ? 'points' : 'percent';
		const words = describeChange(change?.[field], previous, unit, format, before);
		return words && { ...words, ...changePlace(field, filter, { projects: [project] }) };
	};
	return [
		costFigure(totals, format, changed, info),
		{
			label: m.tokens(),
			of: totals.total_tokens,
			text: format.compact(totals.total_tokens),
			usage: totals,
			change: changed('total_tokens', (value) => format.compact(value))
		},
		...countFigures(totals, format, changed),
		...cacheFigures(totals, format, changed)
	];
}

function costFigure(totals: Usage, format: Formatter, changed: Changed, info?: Snippet): Figure {
	const { cost_usd, unpriced_tokens } = totals;
	return {
		label: m.cost_estimate(),
		of: cost_usd,
		text: format.cost(totals),
		usage: totals,
		reason: m.unknown_cost(),
		change: changed('cost_usd', (value, certainty) => format.amount(value, certainty)),
		note:
			unpriced_tokens > 0
				? m.unpriced_part({ tokens: format.compact(unpriced_tokens) })
				: undefined,
		info
	};
}

function countFigures(totals: Usage, format: Formatter, changed: Changed): Figure[] {
	const counts = [
		['sessions', m.sessions],
		['responses', m.responses]
	] as const;
	return counts.map(([field, label]) => ({
		label: label(),
		of: totals[field],
		text: format.count(totals[field]),
		change: changed(field, (value) => format.count(value))
	}));
}

function cacheFigures(totals: Usage, format: Formatter, changed: Changed): Figure[] {
	const { cache_hit_rate, cache_saving_usd, certainty } = totals;
	return [
		{
			label: m.cache_hit_rate(),
			of: cache_hit_rate,
			text: format.percent(cache_hit_rate),
			reason: m.unknown_rate(),
			change: changed('cache_hit_rate', (value) => format.percent(value)),
			help: m.cache_hit_rate_explained()
		},
		{
			label: m.cache_saving(),
			of: cache_saving_usd,
			text: format.amount(cache_saving_usd, certainty),
			reason: m.unknown_cost(),
			help: m.cache_saving_explained()
		}
	];
}
