import { expect, test } from 'vitest';
import { rowsOf, type Calibrations } from './calibration';

const rate = (from: string) => ({ from }) as Calibrations['limits'][number]['rates'][number];

test('the present rate of each limit comes first, and each row has a key of its own', () => {
	const limits = [
		{ window: 'five_hour', source: null, rates: [rate('2026-01-01'), rate('2026-02-01')] },
		{ window: 'seven_day', source: null, rates: [rate('2026-01-01')] },
		{ window: 'seven_day', source: 'work', rates: [] }
	] as unknown as Calibrations['limits'];
	const rows = rowsOf({ limits } as Calibrations);
	expect(rows.map(({ limit, rate }) => [limit.window, rate.from])).toEqual([
		['five_hour', '2026-02-01'],
		['five_hour', '2026-01-01'],
		['seven_day', '2026-01-01']
	]);
	expect(new Set(rows.map(({ key }) => key)).size).toBe(3);
});
