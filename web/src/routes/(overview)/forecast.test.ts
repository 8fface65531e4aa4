import { expect, test } from 'vitest';
import type { PeriodForecast } from '$lib/api/types';
import { Formatter } from '$lib/format/format';
import { costAt, intervalOf, nameOf } from './forecast';

const format = new Formatter('en', 'Asia/Shanghai');

const forecast = (changes: Partial<PeriodForecast>): PeriodForecast => ({
	period: 'day',
	from: '2026-03-11',
	to: '2026-03-11',
	ends_at: '2026-03-11T16:00:00.000Z',
	certainty: 'exact',
	cost: { used_usd: 2, low_usd: 3, median_usd: 5.5, high_usd: 9.25, stretches: 28 },
	tokens: { used: 20, low: 30, median: 55, high: 92, stretches: 28 },
	...changes
});

test('a window is named by its end, in the zone', () => {
	expect(nameOf(forecast({ period: 'block' }), format)).toBe('5-hour window until 00:00');
	expect(nameOf(forecast({}), format)).toBe('Today');
	expect(nameOf(forecast({ period: 'week' }), format)).toBe('This week');
	expect(nameOf(forecast({ period: 'month' }), format)).toBe('This month');
});

test('an interval has both ends, marked where a part has no price', () => {
	expect(intervalOf(forecast({}), format)).toBe('$3.00 to $9.25');
	expect(intervalOf(forecast({ certainty: 'at_least' }), format)).toBe(
		'≥\u00a0$3.00 to ≥\u00a0$9.25'
	);
});

test('what is unknown has no amount', () => {
	const none = { used_usd: 2, low_usd: null, median_usd: null, high_usd: null, stretches: 3 };
	expect(intervalOf(forecast({ cost: none }), format)).toBe('');
	expect(intervalOf(forecast({ certainty: 'unknown' }), format)).toBe('');
	expect(costAt(forecast({ certainty: 'unknown' }), 5)).toBeNull();
	expect(costAt(forecast({}), 5)).toBe(5);
});
