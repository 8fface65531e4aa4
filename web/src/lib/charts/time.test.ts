import { expect, test } from 'vitest';
import { milliseconds, roundTimes, timeStep, zoneOffset } from './time';

const MINUTE = 60_000;

test('zones are ahead of UTC or behind, and change with the season', () => {
	const check = (zone: string, at: string, minutes: number) =>
		expect(zoneOffset(zone, Date.parse(at))).toBe(minutes * MINUTE);
	check('UTC', '2026-07-01T12:34:56.789Z', 0);
	check('Asia/Shanghai', '2026-07-01T00:00:00Z', 480);
	check('Asia/Kathmandu', '2026-07-01T00:00:00Z', 345);
	check('America/New_York', '2026-07-01T00:00:00Z', -240);
	check('America/New_York', '2026-01-01T00:00:00Z', -300);
});

test('a time of CSS has one of two units', () => {
	expect(['300ms', ' .3s', '0s', '0ms'].map(milliseconds)).toEqual([300, 300, 0, 0]);
});

test('steps are round', () => {
	expect([1, 20_000, 3 * MINUTE, 40 * MINUTE, 100 * 60 * MINUTE].map(timeStep)).toEqual([
		1000,
		30_000,
		5 * MINUTE,
		60 * MINUTE,
		7 * 24 * 60 * MINUTE
	]);
	expect(timeStep(60 * 24 * 60 * MINUTE)).toBe(60 * 24 * 60 * MINUTE);
});

test('times are round for the clocks of the zone', () => {
	const [from, to] = [Date.parse('2026-01-01T00:10:00Z'), Date.parse('2026-01-01T03:00:00Z')];
	const hours = (offset: number) =>
		roundTimes(from, to, 60 * MINUTE, offset).map((at) => new Date(at).toISOString().slice(11, 16));
	expect(hours(0)).toEqual(['01:00', '02:00', '03:00']);
	expect(hours(345 * MINUTE)).toEqual(['00:15', '01:15', '02:15']);
	expect(roundTimes(from, from + 1, 60 * MINUTE, 0)).toEqual([]);
});
