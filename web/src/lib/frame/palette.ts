/** What the command palette offers, and the entries that match the typed text. */

import { m } from '$lib/paraglide/messages';
import { printable } from '$lib/format/name';
import { isRedacted, setRedacted } from '$lib/redact/redaction';
import type { App } from '$lib/state/app';
import { inApp } from '$lib/state/base';
import { UNNARROWED } from '$lib/state/filter';
import { LANGUAGES, type LanguageName } from '$lib/state/language.svelte';
import { lastMonths } from '$lib/state/months';
import { pagesFor, WALL } from '$lib/state/pages';
import { RANGES, type Days, type Period } from '$lib/state/period';
import { PAGE_PREFIX } from '$lib/state/shortcuts.svelte';
import { THEMES } from '$lib/state/theme.svelte';
import { matching } from './matching';
import { dayIn } from './typedDay';
import { CONVERSATIONS, conversationWords, rangeWords } from './words';

/** As many projects or models as are offered before anything is typed, and after that. */
const FEW = 5;
const SOME = 8;

/** As many months as can be found by name. */
const MONTHS = 24;

export interface Command {
	id: string;
	label: string;
	/** More about it, which is searched too. */
	detail?: string;
	/** Its name in addresses and on the command line, which is searched without being shown. */
	also?: string;
	/** The keys that do the same, one after the other. */
	keys?: readonly string[];
	run: () => void;
}

export interface CommandGroup {
	heading: string;
	commands: readonly Command[];
}

/** What commands need besides the shared state of pages. */
export interface CommandEffects {
	/** Whether what the page shows is compared. */
	compared: boolean;
	/** Whether it depends on the days that are chosen. */
	filtered: boolean;
	goto: (address: string) => void;
	showHelp: () => void;
	/** Shows the saved views, and a name for the present one. */
	showViews: () => void;
}

type Shared = Pick<
	App,
	'filter' | 'health' | 'options' | 'live' | 'view' | 'views' | 'theme' | 'language'
>;

/** What is searched for, and what it is offered from. */
interface Search {
	text: string;
	/** The months that can be found by name. */
	months: readonly Month[];
	app: Shared;
	effects: CommandEffects;
}

interface Month {
	days: Days;
	name: string;
	number: string;
}

/** Returns what is offered for `search`, group by group; no group is empty. */
export function commandsFor(search: string, app: Shared, effects: CommandEffects): CommandGroup[] {
	const text = search.trim();
	const { filter, language } = app;
	const months = lastMonths(filter.today(), MONTHS).map((days) => ({
		days,
		name: language.format.monthOfYear(days.from),
		number: days.from.slice(0, 7)
	}));
	// Months are many, so only what is typed is offered.
	const given: Search = { text, months: text === '' ? [] : months, app, effects };
	const most = text === '' ? FEW : SOME;
	const groups: (CommandGroup & { most?: number })[] = [
		{ heading: m.palette_pages(), commands: toPages(given) },
		{ heading: m.views(), commands: toViews(given), most },
		{ heading: m.range(), commands: toDays(given) },
		{ heading: m.palette_projects(), commands: toUsageOf('projects', given), most },
		{ heading: m.palette_models(), commands: toUsageOf('models', given), most },
		{ heading: m.conversations(), commands: toConversations(given) },
		{ heading: m.palette_actions(), commands: actions(given) },
		{ heading: m.palette_look(), commands: looks(given) }
	];
	const found = groups
		.map(({ heading, commands, most }) => ({
			heading,
			commands: matchingCommands(commands, text).slice(0, most)
		}))
		.filter(({ commands }) => commands.length > 0);
	if (text === '') return found;
	const searchSessions = {
		id: 'search sessions',
		label: m.search_sessions_for({ text }),
		run: () => effects.goto(filter.href('/sessions', {}, { q: text }))
	};
	return [...found, { heading: m.sessions(), commands: [searchSessions] }];
}

function toPages({ app: { filter, health }, effects: { goto } }: Search): Command[] {
	return pagesFor(health.value?.read_only).map(({ path, title, key }) => ({
		id: `page ${path}`,
		label: title(),
		keys: [PAGE_PREFIX, key],
		run: () => goto(filter.href(path))
	}));
}

function toViews({ app: { views }, effects: { goto } }: Search): Command[] {
	return views.items.map(({ id, name, path }) => ({
		id: `view ${id}`,
		label: printable(name),
		run: () => goto(inApp(path))
	}));
}

function toDays({ text, months, app: { filter, language }, effects }: Search): Command[] {
	/** A page without days leads to one that has them. */
	const showDays = (period: Period) =>
		effects.filtered ? filter.set({ period }) : effects.goto(filter.href('/', { period }));
	const day = dayIn(text, filter.today(), language.format);
	const typed = day && {
		id: `day ${day}`,
		label: language.format.day(day),
		// What the search is compared with.
		detail: text,
		run: () => showDays({ from: day, to: day })
	};
	return [
		...(typed ? [typed] : []),
		...RANGES.map((range) => ({
			id: `range ${range}`,
			label: rangeWords(range),
			also: range,
			run: () => showDays({ range })
		})),
		...months.map(({ days, name, number }) => ({
			id: `month ${number}`,
			label: name,
			detail: number,
			run: () => showDays(days)
		})),
		{ id: 'earlier', label: m.range_earlier(), keys: ['['], run: () => void filter.move(-1) },
		{ id: 'later', label: m.range_later(), keys: [']'], run: () => void filter.move(1) }
	];
}

function toUsageOf(kind: 'projects' | 'models', { app: { filter, options } }: Search): Command[] {
	return options.of(kind).map(({ value, label, detail }) => ({
		id: `${kind} ${value}`,
		label,
		detail,
		run: () => filter.set({ [kind]: [value] })
	}));
}

/** Returns the choices of conversations: found by name only, like months. */
function toConversations({ text, app: { filter } }: Search): Command[] {
	return (text === '' ? [] : CONVERSATIONS).map((sidechain) => ({
		id: `conversations ${sidechain}`,
		label: conversationWords(sidechain),
		run: () => filter.set({ sidechain })
	}));
}

function actions({ months, app: { filter, health, live, view }, effects }: Search): Command[] {
	const { compared, goto, showHelp, showViews } = effects;
	const isOwn = !health.value?.read_only;
	const clear = {
		id: 'clear',
		label: m.filter_clear(),
		run: () => filter.set(UNNARROWED)
	};
	const compare = {
		id: 'compare',
		label: filter.selection.compare === 'none' ? m.compare_start() : m.compare_stop(),
		keys: ['c'],
		run: () => filter.toggleCompare()
	};
	const exports = months.map(({ days, name, number }) => ({
		id: `export ${number}`,
		label: m.export_period({ period: name }),
		detail: number,
		run: () => goto(filter.href('/export', { period: days }))
	}));
	const save = { id: 'views', label: m.view_save(), detail: m.views_manage(), run: showViews };
	return [
		...(filter.narrowed ? [clear] : []),
		...(compared ? [compare] : []),
		...(isOwn ? exports : []),
		{
			id: 'charts',
			label: view.charts === 'chart' ? m.charts_as_tables() : m.charts_as_charts(),
			keys: ['t'],
			run: () => view.toggle()
		},
		{
			id: 'pause',
			label: live.paused ? m.live_resume() : m.live_pause(),
			run: () => (live.paused = !live.paused)
		},
		{ id: 'wall', label: m.wall_title(), run: () => goto(filter.href(WALL)) },
		...(isOwn ? [save] : []),
		{ id: 'help', label: m.shortcuts(), keys: ['?'], run: showHelp }
	];
}

function looks({ app: { theme, language } }: Search): Command[] {
	return [
		...THEMES.map((name) => ({
			id: `theme ${name}`,
			label: { system: m.theme_system, light: m.theme_light, dark: m.theme_dark }[name](),
			detail: m.theme(),
			run: () => (theme.name = name)
		})),
		...(Object.keys(LANGUAGES) as LanguageName[]).map((name) => ({
			id: `language ${name}`,
			label: LANGUAGES[name].label,
			detail: m.language(),
			run: () => (language.name = name)
		})),
		{
			id: 'redact',
			label: isRedacted() ? m.redact_stop() : m.redact_start(),
			detail: m.redact(),
			run: () => setRedacted(!isRedacted())
		}
	];
}

function matchingCommands(commands: readonly Command[], text: string): readonly Command[] {
	const options = commands.map(({ id, label, detail = '', also = '' }) => ({
		value: id,
		label,
		detail: `${detail} ${also}`
	}));
	const found = new Set(matching(options, text).map(({ value }) => value));
	return commands.filter(({ id }) => found.has(id));
}
