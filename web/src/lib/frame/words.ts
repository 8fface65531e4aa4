/** What the filter is called, in few words. */

import type { Compare, Range } from '$lib/api/types';
import type { Formatter } from '$lib/format/format';
import { m } from '$lib/paraglide/messages';
import type { Selection } from '$lib/state/filter';
import type { FilterKind, Options } from '$lib/state/options.svelte';
import type { Period } from '$lib/state/period';
import type { ZoneChoice } from '$lib/state/zone';

const RANGE_WORDS: Record<Range, () => string> = {
	today: () => m.range_today(),
	yesterday: () => m.range_yesterday(),
	'this-week': () => m.range_this_week(),
	'last-week': () => m.range_last_week(),
	'this-month': () => m.range_this_month(),
	'last-month': () => m.range_last_month(),
	'7d': () => m.range_7d(),
	'30d': () => m.range_30d(),
	'90d': () => m.range_90d(),
	'1y': () => m.range_1y(),
	all: () => m.range_all()
};

export const COMPARE_WORDS: Record<Compare, () => string> = {
	previous: () => m.compare_previous(),
	'same-weekdays': () => m.compare_same_weekdays(),
	year: () => m.compare_year(),
	none: () => m.compare_none()
};

const ALL_WORDS: Record<FilterKind, () => string> = {
	projects: () => m.all_projects(),
	models: () => m.all_models(),
	sources: () => m.all_sources()
};

export function rangeWords(range: Range): string {
	return RANGE_WORDS[range]();
}

export function periodWords(period: Period, format: Formatter): string {
	return 'range' in period ? rangeWords(period.range) : format.period(period.from, period.to);
}

/** Returns what stands for no choice of `kind`. */
export function allWords(kind: FilterKind): string {
	return ALL_WORDS[kind]();
}

/** Returns what `values` are called: the first of them, and how many more there are. */
export function chosenWords(
	kind: FilterKind,
	values: readonly string[],
	options: Pick<Options, 'labelOf'>
): string {
	const [first, ...others] = values;
	if (first === undefined) return allWords(kind);
	const label = options.labelOf(kind, first);
	return others.length > 0 ? m.and_more({ first: label, count: others.length }) : label;
}

/** What conversations can be shown: both, main ones, those of subagents. */
export const CONVERSATIONS = [undefined, false, true] as const;

/** Returns what a choice of conversations is called. */
export function conversationWords(sidechain: boolean | undefined): string {
	if (sidechain === undefined) return m.conversations_all();
	return sidechain ? m.conversations_subagents() : m.conversations_main();
}

/** Returns a zone's name, which can be broken behind a slash where it must be. */
export function zoneWords(zone: string): string {
	return zone.replaceAll('_', ' ').replaceAll('/', '/\u200b');
}

export function zoneChoiceWords(choice: ZoneChoice): string {
	if (choice === 'browser') return m.zone_browser();
	return choice === 'server' ? m.zone_server() : zoneWords(choice);
}

/** Returns all that `selection` leaves in, in one line. */
export function selectionWords(
	selection: Selection,
	format: Formatter,
	options: Pick<Options, 'labelOf'>
): string {
	const { period, projects, models, sources, sidechain } = selection;
	return [
		periodWords(period, format),
		chosenWords('projects', projects, options),
		...(models.length > 0 ? [chosenWords('models', models, options)] : []),
		...(sources.length > 0 ? [chosenWords('sources', sources, options)] : []),
		...(sidechain === undefined ? [] : [conversationWords(sidechain)])
	].join(' · ');
}
