/** Made-up data for every state of every chart; the same each time. */

import { addDays } from '../../src/lib/state/period';
import type { Columns, Known } from '../../src/lib/charts/columns';
import type { CoveredDay } from '../../src/lib/charts/coverage';
import type { LimitSample } from '../../src/lib/charts/limits';
import type { DualRow, ShareRow } from '../../src/lib/charts/rows';
import type { TimelinePoint } from '../../src/lib/charts/timeline';

/** How much there is to draw. */
export const STATES = ['year', 'month', 'one', 'zero', 'unknown', 'empty', 'loading'] as const;
export type State = (typeof STATES)[number];

const LAST = '2026-11-22';

const MODELS = [
	'claude-opus-4-5',
	'claude-sonnet-4-5',
	'claude-haiku-4-5',
	'claude-opus-4-1',
	'claude-sonnet-4',
	'claude-3-5-haiku',
	'an-unusually-long-name-of-a-model-from-elsewhere'
];

/** Returns numbers from 0 to 1 that look random. */
export function random(seed: number): () => number {
	let state = seed;
	return () => {
		state = (state * 1_664_525 + 1_013_904_223) % 2 ** 32;
		return state / 2 ** 32;
	};
}

/** Returns how many days a state has. */
function daysOf(state: State): number {
	if (state === 'empty' || state === 'loading') return 0;
	return { year: 365, month: 30, one: 1, zero: 30, unknown: 30 }[state];
}

function valueIn(state: State, value: number, index: number): Known {
	if (state === 'zero') return 0;
	return state === 'unknown' && index % 5 === 2 ? null : value;
}

const sum = (values: Known[]): Known =>
	values.some((value) => value === null)
		? null
		: values.reduce<number>((total, value) => total + (value ?? 0), 0);

const EXACT = { least: new Set<number>(), certainty: 'exact' as const };

/** Returns cost by day and model. */
export function columns(state: State, most = 8): Columns {
	const count = daysOf(state);
	const points = Array.from({ length: count }, (_, index) => addDays(LAST, index + 1 - count));
	const next = random(7);
	const series = [...MODELS, null].slice(0, most).map((key, place) => ({
		key,
		label: key ?? 'Other models',
		slot: place + 1,
		values: points.map((_, index) => {
			const busy = (index + 1) % 7 > 1 ? 1 : 0.25;
			const value = next() > 0.25 ? Math.round(next() ** 2 * busy * 900) / 100 / (place + 1) : 0;
			return valueIn(state, value, index);
		})
	}));
	const totals = points.map((_, index) => sum(series.map(({ values }) => values[index] ?? null)));
	return {
		points,
		series: series.map((one) => ({ ...one, ...EXACT, total: sum(one.values) })),
		totals,
		...EXACT,
		total: sum(totals)
	};
}

/** Returns one line, as of a rate, with gaps on days without use. */
export function rates(state: State): Columns {
	const { points } = columns(state);
	const next = random(3);
	const values = points.map((_, index) =>
		next() < 0.12 ? null : valueIn(state, 0.75 + 0.2 * Math.sin(index / 5) * next(), index)
	);
	return {
		points,
		series: [{ key: null, label: 'Hit rate', slot: 1, values, ...EXACT, total: null }],
		totals: values,
		...EXACT,
		total: null
	};
}

/** Returns what the cache saved, which is negative on some days. */
export function savings(state: State): Columns {
	const { points } = columns(state);
	const next = random(5);
	const values = points.map((_, index) =>
		valueIn(state, Math.round((next() - 0.3) * 800) / 100, index)
	);
	return {
		points,
		series: [{ key: null, label: 'Saved', slot: 1, values, ...EXACT, total: null }],
		totals: values,
		...EXACT,
		total: null
	};
}

export function previous(state: State): Known[] {
	const next = random(11);
	return columns(state).points.map(() => Math.round(next() * 1400) / 100);
}

export function days(state: State): { date: string; value: Known; certainty: 'exact' }[] {
	const { points, totals } = columns(state);
	return points.map((date, index) => ({
		date,
		value: totals[index] ?? null,
		certainty: 'exact'
	}));
}

/** Returns the hours of a week. */
export function grid(state: State): Known[][] {
	if (daysOf(state) === 0) return [];
	const next = random(13);
	return Array.from({ length: 7 }, (_, day) =>
		Array.from({ length: 24 }, (_, hour) => {
			const busy = day < 5 && hour > 8 && hour < 20 ? 1 : next() > 0.7 ? 0.2 : 0;
			if (state === 'one') return day === 2 && hour === 9 ? 3 : 0;
			return valueIn(state, Math.round(next() * busy * 4000) / 100, hour);
		})
	);
}

export function coverage(state: State): CoveredDay[] {
	const count = state === 'year' ? 800 : daysOf(state);
	return Array.from({ length: count }, (_, index): CoveredDay => {
		const date = addDays(LAST, index + 1 - count);
		const age = count - index;
		if (index % 13 === 5) return { date, source: 'none', transcripts: null };
		if (age > 700) return { date, source: 'imported', transcripts: null };
		if (age > 600) return { date, source: 'stats_cache', transcripts: null };
		if (age > 40) return { date, source: 'events', transcripts: 'gone' };
		if (age > 30) return { date, source: 'events', transcripts: 'partial' };
		return { date, source: 'events', transcripts: 'present' };
	});
}

const PROJECTS = [
	'api-server',
	'web',
	'~/src/a-rather-deeply/nested/folder/with-a-long-name/of-a-project',
	'文档与翻译',
	'infra'
];

export function shares(state: State, write: (value: Known) => string): ShareRow[] {
	if (daysOf(state) === 0) return [];
	return PROJECTS.slice(0, state === 'one' ? 1 : 5).map((label, index) => {
		const value = valueIn(state, 51.2 / (index + 1) ** 1.4, index);
		return {
			key: label,
			label,
			value,
			text: write(value),
			part: index % 2 === 1 && value ? value / 9 : undefined
		};
	});
}

export function duals(state: State): DualRow[] {
	return shares(state, String).map(({ key, label, value }, index) => ({
		key,
		label,
		values: [value, value === null ? null : (value * index) / 3],
		text: value
			? `${Math.round(300 / (3 + index))}% / ${Math.round((100 * index) / (3 + index))}%`
			: '–'
	}));
}

const START = Date.parse('2026-11-22T01:12:00Z');

/** Returns the responses of a session. */
export function responses(state: State): TimelinePoint[] {
	const counts: Partial<Record<State, number>> = { year: 2000, one: 1 };
	const count = daysOf(state) === 0 ? 0 : (counts[state] ?? 214);
	const next = random(17);
	let at = START;
	return Array.from({ length: count }, (_, index) => {
		at += 4000 + next() * 40_000;
		if (next() < 8 / count) at += 3_600_000 * (0.2 + next() * 14);
		return {
			key: String(index),
			at: Math.round(at),
			sidechain: index % 40 > 28,
			slot: next() > 0.8 ? 2 : 1,
			value: valueIn(state, Math.round(20 + next() ** 6 * 180_000), index),
			flagged: next() < 3 / count
		};
	});
}

export function samples(state: State): LimitSample[] {
	const count = daysOf(state) === 0 ? 0 : state === 'one' ? 1 : 90;
	const next = random(19);
	let five = 0;
	let seven = 20;
	let end = START + 3_600_000 * 5;
	let week = START + 3_600_000 * 30;
	return Array.from({ length: count }, (_, index) => {
		const at = START + index * 1_500_000;
		if (at > end) {
			five = 0;
			end = at + 3_600_000 * 5;
		}
		if (at > week) {
			seven = 0;
			week = at + 3_600_000 * 168;
		}
		five = Math.min(100, five + next() * 18);
		seven = Math.min(100, seven + next() * 2);
		const figure = (used: number, resets: number) => ({
			used_percentage: state === 'zero' ? 0 : used,
			resets_at: new Date(resets).toISOString()
		});
		return {
			sampled_at: new Date(at).toISOString(),
			five_hour: state === 'unknown' && index % 9 > 5 ? null : figure(five, end),
			seven_day: figure(seven, week)
		};
	});
}
