/**
 * The selection of a person, as the query string has it.
 *
 * The address has the complete state, so that links share the view and Back restores it.
 * What it leaves out is taken from what was chosen earlier, and else from the defaults. What it
 * contains and is invalid is ignored, and reported.
 */

import type { Compare, Filter, WeekStart } from '$lib/api/types';
import {
	daysOf,
	lengthOf,
	toDays,
	todayIn,
	toRange,
	toWeekStart,
	WEEK_START,
	type Period
} from './period';
import { readStored } from './stored';
import { browserZone, toZone, type ZoneChoice } from './zone';

/** What can be compared with; `none` compares with nothing. */
export const COMPARES: readonly Compare[] = ['previous', 'same-weekdays', 'year', 'none'];

/** The selection in the header of every page. */
export interface Selection {
	period: Period;
	/** The day that weeks begin on. */
	weekStart: WeekStart;
	zone: ZoneChoice;
	/** Only these, or all when there are none; so are the other lists. */
	projects: readonly string[];
	models: readonly string[];
	sources: readonly string[];
	/** Only what subagents used, or only main conversations. */
	sidechain?: boolean;
	compare: Compare;
	/** Whether requests that only telemetry reports are included; left out: as the server has it. */
	unlogged?: boolean;
}

/** Nothing is left out. */
export const UNNARROWED: Partial<Selection> = {
	projects: [],
	models: [],
	sources: [],
	sidechain: undefined
};

/** A part of the URL that is not recognised. */
export interface Ignored {
	name: string;
	value: string;
}

/** What was chosen earlier. */
export type Remembered = Partial<Pick<Selection, 'zone' | 'compare' | 'weekStart'>> & {
	range?: ReturnType<typeof toRange>;
};

/** What a `load` function passes on to the server. */
export interface Question {
	filter: Filter;
	compare: Compare;
}

/** An older name of `home`, in addresses that were kept. */
const OLDER_HOME = 'source';

/** The parts of the query string that are the filter's; a page has others of its own. */
const NAMES = [
	'range',
	'from',
	'to',
	'week_start',
	'tz',
	'project',
	'model',
	'home',
	OLDER_HOME,
	'sidechain',
	'compare',
	'unlogged'
] as const;

function toCompare(text: string | null): Compare | null {
	return COMPARES.find((compare) => compare === text) ?? null;
}

function toSwitch(text: string | null): boolean | null {
	return text === 'true' ? true : text === 'false' ? false : null;
}

/** Returns what the browser remembers. */
export function remembered(): Remembered {
	return {
		range: toRange(readStored('range')),
		weekStart: toWeekStart(readStored('week')) ?? undefined,
		zone: toZone(readStored('zone')) ?? undefined,
		compare: toCompare(readStored('compare')) ?? undefined
	};
}

/** Returns the filter in `url`, and its invalid parts. */
export function readSelection(
	url: URL,
	earlier: Remembered = remembered()
): { selection: Selection; ignored: Ignored[] } {
	const query = url.searchParams;
	const ignored: Ignored[] = [];

	/** Returns what one parameter means, if it is there and means something. */
	function one<Meaning>(name: string, read: (text: string) => Meaning | null): Meaning | null {
		const value = query.get(name);
		if (value === null) return null;
		const meaning = read(value);
		if (meaning === null) ignored.push({ name, value });
		return meaning;
	}
	const all = (...names: string[]) => {
		const values = names.flatMap((name) => query.getAll(name));
		return [...new Set(values.filter((value) => value !== ''))];
	};

	const days = toDays(query.get('from'), query.get('to'));
	if (!days) {
		one('from', () => null);
		one('to', () => null);
	}
	const range = one('range', (text) => (days ? null : toRange(text)));
	const selection: Selection = {
		period: days ?? { range: range ?? earlier.range ?? '30d' },
		weekStart: one('week_start', toWeekStart) ?? earlier.weekStart ?? WEEK_START,
		zone: one('tz', toZone) ?? earlier.zone ?? 'browser',
		projects: all('project'),
		models: all('model'),
		sources: all('home', OLDER_HOME),
		sidechain: one('sidechain', toSwitch) ?? undefined,
		compare: one('compare', toCompare) ?? earlier.compare ?? 'previous',
		unlogged: one('unlogged', toSwitch) ?? undefined
	};
	return { selection, ignored };
}

/**
 * Returns the query string that asks for `selection`.
 *
 * The period is always included: the receiver of the link may have chosen another one earlier.
 */
export function toQuery(selection: Selection): URLSearchParams {
	const { period, weekStart, zone, compare } = selection;
	const query = new URLSearchParams({ ...period });
	if (weekStart !== WEEK_START) query.set('week_start', weekStart);
	if (zone !== 'browser') query.set('tz', zone);
	for (const [name, values] of [
		['project', selection.projects],
		['model', selection.models],
		['home', selection.sources]
	] as const) {
		for (const value of values) query.append(name, value);
	}
	if (compare !== 'previous') query.set('compare', compare);
	for (const name of ['sidechain', 'unlogged'] as const) {
		if (selection[name] !== undefined) query.set(name, String(selection[name]));
	}
	return query;
}

/** Returns `url` with `selection` in its query string, which keeps what is not the filter's. */
export function withSelection(url: URL, selection: Selection): URL {
	const changed = new URL(url);
	const others = new URLSearchParams(url.search);
	for (const name of NAMES) others.delete(name);
	changed.search = new URLSearchParams([...toQuery(selection), ...others]).toString();
	return changed;
}

/** Returns `url` with parameters that are a page's own set, or left out where they are `null`. */
export function withOwn(url: URL, change: Record<string, string | null>): URL {
	const changed = new URL(url);
	for (const [name, value] of Object.entries(change)) {
		if (value === null) changed.searchParams.delete(name);
		else changed.searchParams.set(name, value);
	}
	return changed;
}

/** Returns `url` with what it leaves out filled in, and what is not understood still in it. */
export function withRemembered(url: URL, earlier: Remembered = remembered()): URL {
	const filled = withSelection(url, readSelection(url, earlier).selection);
	for (const { name, value } of readSelection(url, earlier).ignored) {
		filled.searchParams.set(name, value);
	}
	return filled;
}

/** Returns what to ask the server for the page at `url`. */
export function questionOf(url: URL): Question {
	const { period, weekStart, zone, projects, models, sources, sidechain, compare, unlogged } =
		readSelection(url).selection;
	return {
		filter: {
			...period,
			week_start: weekStart === WEEK_START ? undefined : weekStart,
			tz: zone === 'server' ? undefined : zone === 'browser' ? browserZone() : zone,
			project: someOf(projects),
			model: someOf(models),
			home: someOf(sources),
			sidechain,
			unlogged
		},
		compare
	};
}

/** Returns how many days the period of `url` has, or `null` for all days. */
export function dayCount(url: URL): number | null {
	const { period, weekStart, zone } = readSelection(url).selection;
	// The first day of a week begins earlier in some zones; the one of the server is not known here.
	const known = zone === 'browser' || zone === 'server' ? browserZone() : zone;
	const days = daysOf(period, todayIn(known), weekStart);
	return days && lengthOf(days);
}

function someOf(values: readonly string[]): string[] | undefined {
	return values.length > 0 ? [...values] : undefined;
}

/** Returns the one of `values` that `url` names, else the first: for what only one page asks. */
export function choiceOf<Value extends string>(
	url: URL,
	name: string,
	values: readonly [Value, ...Value[]]
): Value {
	const text = url.searchParams.get(name);
	return values.find((value) => value === text) ?? values[0];
}

/** How long the stretches of time are that a chart shows. */
export type Bucket = 'hour' | 'day' | 'week' | 'month';

/** Returns the buckets that `url` asks for by `name`: a single day only has hours. */
export function bucketOf<Choice extends Bucket>(
	url: URL,
	name: string,
	choices: readonly [Choice, ...Choice[]]
): Choice | 'hour' {
	return dayCount(url) === 1 ? 'hour' : choiceOf(url, name, choices);
}
