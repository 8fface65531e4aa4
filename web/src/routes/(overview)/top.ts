/** What most was used of: the first rows of longer lists, in the form that the overview shows. */

import type { ModelStats, ProjectStats, ToolStats } from '$lib/api/types';
import type { Known } from '$lib/charts/columns';
import { OTHER_SLOT, type Slots } from '$lib/charts/slots';
import { changeOf, describeChange, type ChangeWords } from '$lib/format/change';
import type { Formatter } from '$lib/format/format';
import { shareOf } from '$lib/format/share';
import { countedShort } from '$lib/format/counted';
import { m } from '$lib/paraglide/messages';
import { costChange } from '$lib/ui/changeColumn';
import type { Explained } from '$lib/ui/amounts';

export interface TopRow {
	key: string;
	label: string;
	/** The colour slot, of what has one. */
	slot?: number;
	value: Known;
	text: string;
	/** The usage that the value is an amount of. */
	usage?: Explained;
	/** Its part of everything, 0..1. */
	share: Known;
	/** A note. */
	note: string;
	/** How it changed since the period of comparison. */
	change: ChangeWords | null;
	/** Why the value is unknown. */
	reason?: string;
}

/** Returns the models that cost most, then those without a price. */
export function topModels(
	{ items, previous }: Pick<ModelStats, 'items' | 'previous'>,
	slots: Slots,
	most: number,
	format: Formatter
): TopRow[] {
	return items.slice(0, most).map((one) => ({
		key: one.model,
		label: one.label,
		slot: slots.get(one.model) ?? OTHER_SLOT,
		value: one.cost_usd,
		text: format.cost(one),
		usage: one,
		share: one.share_cost,
		note: noteOf(one.share_cost, one.total_tokens, format),
		change: costChange(one, previous, format),
		reason: m.unpriced()
	}));
}

/** Returns the projects that cost most. */
export function topProjects(
	{ items, totals, previous }: Pick<ProjectStats, 'items' | 'totals' | 'previous'>,
	most: number,
	format: Formatter
): TopRow[] {
	return items.slice(0, most).map((one) => {
		const share = one.cost_usd === null ? null : shareOf(one.cost_usd, totals.cost_usd ?? 0);
		return {
			key: one.project,
			label: one.label,
			value: one.cost_usd,
			text: format.cost(one),
			usage: one,
			share,
			note: noteOf(share, one.total_tokens, format),
			change: costChange(one, previous, format),
			reason: m.unknown_cost()
		};
	});
}

/** Returns the tools that were called most. */
export function topTools(
	{ items, calls, previous }: Pick<ToolStats, 'items' | 'calls' | 'previous'>,
	most: number,
	format: Formatter
): TopRow[] {
	return items.slice(0, most).map((one) => {
		const share = shareOf(one.calls, calls);
		return {
			key: one.tool,
			label: one.tool,
			value: one.calls,
			text: format.count(one.calls),
			share,
			note: m.overview_failed({ rate: format.percent(one.error_rate) }),
			change:
				one.previous_calls == null
					? null
					: describeChange(
							changeOf(one.previous_calls, one.calls),
							previous,
							'percent',
							format,
							format.count(one.previous_calls)
						)
		};
	});
}

function noteOf(share: Known, tokens: number, format: Formatter): string {
	const words = countedShort(m.count_tokens, tokens, format);
	return share === null ? words : `${format.percent(share)} · ${words}`;
}
