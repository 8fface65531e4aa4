/** A day that is typed. */

import type { Formatter } from '$lib/format/format';
import { addDays, toDays } from '$lib/state/period';

/** As many days back as a day without its year can be. */
const YEAR = 366;

/**
 * Returns the date that `text` names, or `null`: `2026-11-23`, `2026/11/23`, `11-23`, or as `format` writes a day. A day without
 * its year is the latest one that is not after `today`.
 */
export function dayIn(text: string, today: string, format: Formatter): string | null {
	const numbers = /^(?:(\d{4})[-/.])?(\d{1,2})[-/.](\d{1,2})$/.exec(text.trim());
	if (numbers) {
		const [, year, month = '', day = ''] = numbers;
		const monthDay = `${month.padStart(2, '0')}-${day.padStart(2, '0')}`;
		return year ? dateOf(`${year}-${monthDay}`) : latest(today, (date) => date.endsWith(monthDay));
	}
	const typed = plain(text);
	return latest(today, (date) =>
		[format.day(date), format.shortDay(date)].some((name) => plain(name) === typed)
	);
}

function dateOf(text: string): string | null {
	return toDays(text, text)?.from ?? null;
}

/** Returns the latest of the days up to `today` that passes. */
function latest(today: string, passes: (date: string) => boolean): string | null {
	for (let back = 0; back <= YEAR; back += 1) {
		const date = addDays(today, -back);
		if (passes(date)) return date;
	}
	return null;
}

/** Returns `text` as it is compared: neither case nor spaces nor commas matter. */
function plain(text: string): string {
	return text.toLowerCase().replace(/[\s,]/g, '');
}
