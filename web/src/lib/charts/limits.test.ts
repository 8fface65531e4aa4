import { expect, test } from 'vitest';
import { toLimitCurve, type LimitFigure, type LimitSample } from './limits';

const at = (hour: number) => `2026-01-01T${String(hour).padStart(2, '0')}:00:00Z`;
const ms = (hour: number) => Date.parse(at(hour));
const figure = (used_percentage: number, resets: number): LimitFigure => ({
	used_percentage,
	resets_at: at(resets)
});

/** Returns a sample of the window of five hours alone. */
const sample = (hour: number, five_hour: LimitFigure | null): LimitSample => ({
	sampled_at: at(hour),
	five_hour,
	seven_day: null
});

test('a line leads through the captured figures, whatever their order', () => {
	const { times, lines, resets } = toLimitCurve([
		sample(2, figure(30, 5)),
		sample(1, figure(10, 5))
	]);
	expect(times).toEqual([ms(1), ms(2)]);
	expect(lines[0]).toEqual({ window: 'five_hour', times: [ms(1), ms(2)], values: [0.1, 0.3] });
	expect(lines[1]?.values).toEqual([null, null]);
	expect(resets).toEqual([]);
});

test('a reset breaks the line when the window was over', () => {
	const { lines, resets } = toLimitCurve([sample(4, figure(80, 5)), sample(7, figure(20, 11))]);
	expect(lines[0]?.times).toEqual([ms(4), ms(5), ms(7)]);
	expect(lines[0]?.values).toEqual([0.8, null, 0.2]);
	expect(resets).toEqual([{ at: ms(5), window: 'five_hour' }]);
});

test('an early reset takes effect when it is captured', () =>
	expect(toLimitCurve([sample(1, figure(80, 5)), sample(2, figure(0, 7))]).resets).toEqual([
		{ at: ms(2), window: 'five_hour' }
	]));

test('a moment without a figure is a gap and forgets no window', () => {
	const { lines, resets } = toLimitCurve([
		sample(1, figure(10, 5)),
		sample(2, null),
		sample(3, figure(20, 5))
	]);
	expect(lines[0]?.values).toEqual([0.1, null, 0.2]);
	expect(resets).toEqual([]);
});

test('a slightly different end is no reset', () => {
	const later = { used_percentage: 11, resets_at: '2026-01-01T05:00:01Z' };
	expect(toLimitCurve([sample(1, figure(10, 5)), sample(2, later)]).resets).toEqual([]);
});

test('without samples there are no values', () => {
	const { times, lines } = toLimitCurve([]);
	expect([times, lines.map(({ values }) => values)]).toEqual([[], [[], []]]);
});
