/** Sessions of a part of days: of times, or of an hour of the week. Each stands in the address of the list. */

import type { WeekStart } from '$lib/api/types';
import type { Formatter } from '$lib/format/format';
import { dateIn, toWeekStart, WEEKDAYS, type Period } from '$lib/state/period';

/** A part of days, as the server is asked for it. */
export interface Times {
	/** From this moment until that one, as RFC 3339 writes them. */
	since?: string;
	until?: string;
	/** An hour of the week, 0 to 23. */
	weekday?: WeekStart;
	hour?: string;
}

/** What else responses are narrowed to. */
export interface ResponsesOnly {
	/** With a call of this tool. */
	tool?: string;
	/** With a call that failed. */
	failed?: true;
}

/** Returns what `url` narrows responses to. */
export function onlyOf(url: URL): ResponsesOnly {
	const tool = url.searchParams.get('tool');
	return {
		...(tool && { tool }),
		...(url.searchParams.get('failed') === 'true' && { failed: true })
	};
}

/** The names of the parameters. */
export const TIMES = ['since', 'until', 'weekday', 'hour'] as const;

/** Returns the times that `url` asks for; of what is half or invalid, nothing. */
export function timesOf(url: URL): Times {
	const [since, until, weekday, hour] = TIMES.map((name) => url.searchParams.get(name));
	const isMoment = (text: string | null | undefined): text is string =>
		typeof text === 'string' && !Number.isNaN(Date.parse(text));
	const day = toWeekStart(weekday ?? null);
	return {
		...(isMoment(since) && isMoment(until) && since < until && { since, until }),
		...(day && hour && /^(1?\d|2[0-3])$/.test(hour) && { weekday: day, hour })
	};
}

/** Returns where the sessions between two moments are: their days, and the moments. */
export function between(
	since: string,
	until: string,
	zone: string
): { period: Period; own: Record<string, string> } {
	const last = new Date(Date.parse(until) - 1);
	return {
		period: { from: dateIn(zone, new Date(since)), to: dateIn(zone, last) },
		own: { since, until }
	};
}

/** Returns the parameters of an hour of the week; 0 is Monday. */
export function hourOfWeek(weekday: number, hour: number): Record<string, string> {
	return { weekday: WEEKDAYS[(weekday + 1) % 7] ?? '', hour: String(hour) };
}

/** Names the times, or nothing where there are none. */
export function timesWords({ since, until, weekday, hour }: Times, format: Formatter): string {
	const parts = [];
	if (since && until) parts.push(`${format.moment(since)} – ${format.moment(until)}`);
	if (weekday && hour) {
		parts.push(format.hourOfWeek((WEEKDAYS.indexOf(weekday) + 6) % 7, Number(hour)));
	}
	return parts.join(' · ');
}
