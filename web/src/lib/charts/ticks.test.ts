import { expect, test } from 'vitest';
import { distinct, hourTicks } from './ticks';

/** Returns the hours of `days` days of UTC. */
const hoursOf = (days: number) =>
	Array.from({ length: 24 * days }, (_, hour) =>
		new Date(Date.UTC(2026, 0, 1, hour)).toISOString()
	);
const clock = (point: string) => point.slice(11, 16);
const labels = (points: string[], most: number) =>
	hourTicks(points, most, clock).map((index) => clock(points[index] ?? ''));

test('the hours of a day are written at whole steps', () => {
	expect(labels(hoursOf(1), 24)).toHaveLength(24);
	expect(labels(hoursOf(1), 9)).toEqual([
		'00:00',
		'03:00',
		'06:00',
		'09:00',
		'12:00',
		'15:00',
		'18:00',
		'21:00'
	]);
	expect(labels(hoursOf(1), 2)).toEqual(['00:00', '12:00']);
	expect(labels(hoursOf(1), 0)).toEqual(['00:00']);
});

test('of several days only their beginnings are written', () => {
	expect(hourTicks(hoursOf(3), 9, clock)).toEqual([0, 24, 48]);
	expect(hourTicks(hoursOf(7), 4, clock)).toEqual([0, 48, 96, 144]);
});

test('an hour that is there twice is written once', () => {
	const day = hoursOf(1);
	const back = [...day.slice(0, 2), day[1] ?? '', ...day.slice(2)];
	expect(labels(back, 24)).toHaveLength(24);
});

test('equal neighbouring labels are written once', () => {
	const at = (...all: string[]) =>
		distinct(all.map((label) => ({ label }))).map((one) => one.label);
	expect(at('13:11', '13:11', '13:12', '13:12')).toEqual(['13:11', '13:12']);
	expect(at('a', 'b', 'a')).toEqual(['a', 'b', 'a']);
});
