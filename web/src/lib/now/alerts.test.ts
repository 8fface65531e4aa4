import { expect, test, vi } from 'vitest';
import type { Now } from '$lib/api/types';
import { Formatter } from '$lib/format/format';
import { meta, usage } from '../../testing/answers';
import { alertsOf, risen } from './alerts';

const AT = Date.parse('2026-03-11T12:00:00Z');
const format = new Formatter('en', 'UTC');

/** Returns a state in which a part of the 5-hour limit is used, and so much today of a budget of five dollars. */
function state(used_percentage: number | null, today = 1, resets_at = '2026-03-11T15:00:00Z'): Now {
	const span = { ...usage(1, today), from: '2026-03-11', to: '2026-03-11', elapsed: 0.5 };
	const sampled_at = '2026-03-11T11:59:00Z';
	const rest = { percent_per_h: null, runs_out_at: null, sampled_at, resets_at };
	return {
		meta,
		day: span,
		week: span,
		month: span,
		block: null,
		targets: { block: null, day: 5, week: null, month: null },
		limits:
			used_percentage === null
				? null
				: {
						source: null,
						five_hour: { used_percentage, ...rest },
						seven_day: null,
						others: []
					}
	} as unknown as Now;
}

const titles = (before: Now, after: Now) =>
	risen(alertsOf(before, format, AT), alertsOf(after, format, AT)).map(({ title }) => title);

test('a limit is reported once for each of its levels', () => {
	expect(titles(state(79), state(80))).toEqual(['5 hours: 80.0%']);
	expect(titles(state(80), state(90))).toEqual([]);
	expect(titles(state(90), state(96))).toEqual(['5 hours: 96.0%']);
	expect(titles(state(96), state(90))).toEqual([]);
	expect(titles(state(null), state(97))).toEqual(['5 hours: 97.0%']);
});

test('the next window of a limit is another thing to tell', () =>
	expect(titles(state(85), state(85, 1, '2026-03-11T20:00:00Z'))).toEqual(['5 hours: 85.0%']));

test('a notification says when the limit resets', () =>
	expect(alertsOf(state(97), format, AT)[0]?.body).toBe('95% or more used · Resets 15:00'));

test('an exceeded budget is reported once', () => {
	expect(titles(state(null, 4), state(null, 6))).toEqual(['Per day: $1.00 over budget']);
	expect(titles(state(null, 6), state(null, 7))).toEqual([]);
});

test('the first state is on the page, and only what follows is notified of', async () => {
	const shown: [string, NotificationOptions][] = [];
	vi.stubGlobal('Notification', function (title: string, options: NotificationOptions) {
		shown.push([title, options]);
	});
	const { notifyOf } = await import('./notify');
	notifyOf(state(85), format);
	expect(shown).toEqual([]);
	notifyOf(state(96), format);
	expect(shown).toMatchObject([
		['5 hours: 96.0%', { icon: '/favicon-critical.svg', tag: expect.stringContaining('five_hour') }]
	]);
	vi.unstubAllGlobals();
});
