import { expect, test } from 'vitest';
import type { WorthStats } from '$lib/api/types';
import { Formatter, UNKNOWN } from '$lib/format/format';
import { differenceText, factorText, rowsOf } from './worth';

const format = new Formatter('en-US', 'UTC');
const amounts: WorthStats['total'] = {
	cost_usd: 30,
	certainty: 'exact',
	compared_usd: 30,
	compared_certainty: 'at_least',
	plan_usd: 20,
	difference_usd: 10,
	factor: 1.5
};

test('a month leads to its days within the period, the sum to none', () => {
	const meta = { from: '2026-01-20', to: '2026-02-10' } as WorthStats['meta'];
	const months = ['2026-01-01', '2026-02-01'].map((month) => ({ ...amounts, month }));
	const rows = rowsOf({ meta, months, total: amounts } as WorthStats);
	expect(rows.map(({ month, days }) => [month, days])).toEqual([
		['2026-01-01', { from: '2026-01-20', to: '2026-01-31' }],
		['2026-02-01', { from: '2026-02-01', to: '2026-02-10' }],
		[null, null]
	]);
});

test('factor and difference are lower bounds where the usage is one', () => {
	expect(factorText(1.5, 'at_least', format)).toBe('≥\u00a01.5×');
	expect(factorText(12.345, 'exact', format)).toBe('12.3×');
	expect(factorText(null, 'unknown', format)).toBe(UNKNOWN);
	expect(differenceText(amounts, format)).toBe('≥\u00a0+$10.00');
	expect(differenceText({ ...amounts, difference_usd: null }, format)).toBe(UNKNOWN);
});
