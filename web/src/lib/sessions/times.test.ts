import { expect, test } from 'vitest';
import { Formatter } from '$lib/format/format';
import { between, hourOfWeek, timesOf, timesWords } from './times';

const format = new Formatter('en', 'Asia/Shanghai');
const at = (query: string) => timesOf(new URL(`http://localhost/sessions?${query}`));

test('times are read from the address, whole or not at all', () => {
	const window = { since: '2026-11-27T20:00:00.000Z', until: '2026-11-28T01:00:00.000Z' };
	expect(at(new URLSearchParams(window).toString())).toEqual(window);
	expect(at('since=2026-11-27T20:00:00Z')).toEqual({});
	expect(at('since=2026-11-28T00:00:00Z&until=2026-11-27T00:00:00Z')).toEqual({});
	expect(at('since=now&until=then')).toEqual({});
	expect(at('weekday=friday&hour=9')).toEqual({ weekday: 'friday', hour: '9' });
	for (const query of ['weekday=friday', 'hour=9', 'weekday=friday&hour=24', 'weekday=x&hour=1']) {
		expect(at(query), query).toEqual({});
	}
});

test('what lies between two moments is on their days in the zone', () => {
	const { period, own } = between('2026-11-27T11:00:00Z', '2026-11-27T16:00:00Z', 'Asia/Shanghai');
	// It ends with the day, which begins at 16:00 of UTC.
	expect(period).toEqual({ from: '2026-11-27', to: '2026-11-27' });
	expect(own).toEqual({ since: '2026-11-27T11:00:00Z', until: '2026-11-27T16:00:00Z' });
});

test('an hour of the week is named as it was chosen', () => {
	expect(hourOfWeek(0, 9)).toEqual({ weekday: 'monday', hour: '9' });
	expect(hourOfWeek(6, 23)).toEqual({ weekday: 'sunday', hour: '23' });
	expect(timesWords({ weekday: 'sunday', hour: '23' }, format)).toBe('Sun 23:00–24:00');
	expect(timesWords({}, format)).toBe('');
});
