import { expect, test } from 'vitest';
import { drawMeter, elapsedOf, type MeterDrawing, type MeterGiven } from './meter';

const check = (given: Partial<MeterGiven>, expected: Partial<MeterDrawing>) =>
	expect(drawMeter({ value: 0, elapsed: 0.5, ...given })).toMatchObject(expected);

test('without more the line is full', () =>
	check({ value: 4 }, { value: 1, projected: null, target: null }));

test('the line ends with the highest amount', () => {
	check({ value: 4, projected: 6, target: 8 }, { value: 0.5, projected: 0.75, target: 1 });
	check({ value: 4, projected: 10, target: 8 }, { value: 0.4, projected: 1, target: 0.8 });
});

test('a target is kept, expected to be missed, or missed', () => {
	check({ value: 4, projected: 6, target: 8 }, { over: 'no' });
	check({ value: 4, projected: 9, target: 8 }, { over: 'expected' });
	check({ value: 9, projected: 12, target: 8 }, { over: 'yes' });
	check({ value: 9, projected: 12 }, { over: 'no' });
});

test('nothing used and nothing known are an empty line', () => {
	check({ value: 0 }, { value: 0, over: 'no' });
	check({ value: null, target: 5 }, { value: 0, target: 1 });
	check({ value: null, projected: null, target: 0 }, { value: 0, target: 0 });
});

test('the pace is a place on the line', () => {
	check({ value: 4, target: 8 }, { pace: null });
	check({ value: 4, target: 8, pace: 6 }, { pace: 0.75 });
});

test('a projection that is no higher is none', () =>
	check({ value: 4, projected: 4 }, { projected: null }));

test('time does not run over', () => {
	check({ elapsed: 1.4 }, { elapsed: 1 });
	check({ elapsed: -1 }, { elapsed: 0 });
	const at = (now: string) =>
		elapsedOf('2026-01-01T00:00:00Z', '2026-01-01T05:00:00Z', Date.parse(now));
	expect(at('2026-01-01T02:30:00Z')).toBe(0.5);
	expect(at('2026-01-02T00:00:00Z')).toBe(1);
	expect(elapsedOf('x', 'y', 0)).toBe(0);
});
