/** Official limits in the form that their meters show. */

import type { Limits } from '$lib/api/types';
import { elapsedOf } from '$lib/charts/meter';
import type { Formatter } from '$lib/format/format';
import { m } from '$lib/paraglide/messages';
import { CRITICAL, HIGH, levelOf, type Level } from './levels';

type Current = NonNullable<Limits['current']>;
export type Limit = NonNullable<Current['five_hour']>;

/** A limit, as its meter shows it. */
export interface LimitRow {
	/** Its window. */
	key: string;
	name: string;
	/** The used part, 0..1 and above. */
	used: number;
	level: Level;
	/** The level in words; empty where it is calm. */
	warning: string;
	/** When it resets, and whether it lasts until then. */
	notes: string[];
	sampled_at: string;
	/** How much of the window is over, 0..1, and how its ends are written. */
	elapsed: number;
	start: string;
	end: string;
}

const MINUTE_MS = 60_000;
const HOUR_MS = 3_600_000;

/** Names of the limits of models and of spending. */
const OTHERS: Record<string, () => string> = {
	seven_day_opus: () => m.limits_seven_day_of({ model: 'Opus' }),
	seven_day_sonnet: () => m.limits_seven_day_of({ model: 'Sonnet' }),
	seven_day_haiku: () => m.limits_seven_day_of({ model: 'Haiku' }),
	seven_day_fable: () => m.limits_seven_day_of({ model: 'Fable' }),
	seven_day_mythos: () => m.limits_seven_day_of({ model: 'Mythos' }),
	spend_limit: () => m.limits_spend()
};

/** Returns the limits that are known, with the name and the length of each in hours. */
export function namedLimits(
	current: Limits['current']
): { key: string; name: string; limit: Limit; hours: number }[] {
	const { five_hour, seven_day, others = [] } = current ?? {};
	return [
		{ key: 'five_hour', name: m.limits_five_hour(), limit: five_hour, hours: 5 },
		{ key: 'seven_day', name: m.limits_seven_day(), limit: seven_day, hours: 168 },
		...others.map((limit) => ({
			key: limit.window,
			name: OTHERS[limit.window]?.() ?? limit.window,
			limit,
			hours: limit.window === 'spend_limit' ? 31 * 24 : 168
		}))
	].flatMap(({ limit, ...named }) => (limit ? [{ ...named, limit }] : []));
}

/** Returns the limits as meters at `now`, in epoch milliseconds. */
export function limitRows(current: Limits['current'], format: Formatter, now: number): LimitRow[] {
	return namedLimits(current).map(({ key, name, limit, hours }) => {
		const { used_percentage, resets_at, sampled_at } = limit;
		const used = used_percentage / 100;
		const level = levelOf(used);
		const write = (at: string) =>
			hours < 24 ? format.clock(at) : `${format.localDay(at)} ${format.clock(at)}`;
		const end = resets_at ?? new Date(Date.parse(sampled_at) + hours * HOUR_MS).toISOString();
		const start = new Date(Date.parse(end) - hours * HOUR_MS).toISOString();
		return {
			key,
			name,
			used,
			level,
			warning: warningWords(used, level, format),
			notes: [
				resets_at ? m.limits_resets({ time: write(resets_at) }) : '',
				runOutWords(limit, write, format, now)
			].filter(Boolean),
			sampled_at,
			elapsed: elapsedOf(start, end, now),
			start: write(start),
			end: write(end)
		};
	});
}

/** Returns a level in words. */
function warningWords(used: number, level: Level, format: Formatter): string {
	if (used >= 1) return m.limits_reached();
	if (level === 'calm') return '';
	return m.limits_from({ share: format.axisPercent(level === 'critical' ? CRITICAL : HIGH) });
}

/** Returns whether a limit lasts until its reset; nothing where its pace is unknown, or too old. */
export function runOutWords(
	{ used_percentage, resets_at, runs_out_at, percent_per_h }: Limit,
	write: (at: string) => string,
	format: Formatter,
	now: number
): string {
	if (used_percentage >= 100 || percent_per_h === null) return '';
	if (runs_out_at === null) return m.limits_lasts();
	if (Date.parse(runs_out_at) <= now) return '';
	const time = write(runs_out_at);
	if (resets_at === null) return m.limits_runs_out({ time });
	const before = Date.parse(resets_at) - Date.parse(runs_out_at);
	return m.limits_runs_out_before({ time, before: format.duration(Math.max(MINUTE_MS, before)) });
}
