import { describe, expect, test } from 'vitest';
import { squeeze } from './squeeze';
import { drawTimeline, type TimelinePoint } from './timeline';

const MINUTE = 60_000;
const START = Date.parse('2026-01-01T09:00:00Z');

/** Returns a response some minutes after the start. */
function point(minute: number, more: Partial<TimelinePoint> = {}): TimelinePoint {
	const at = START + minute * MINUTE;
	return { key: String(minute), at, sidechain: false, slot: 1, value: 10, ...more };
}

function draw(points: TimelinePoint[], more = {}) {
	return drawTimeline(points, squeeze(points.map(({ at }) => at)), {
		width: 800,
		height: 220,
		zoom: 1,
		scroll: 0,
		offset: 0,
		axisLabel: String,
		timeLabel: (at, newDay) => new Date(at).toISOString().slice(newDay ? 5 : 11, newDay ? 10 : 16),
		...more
	});
}

const shapes = (d: string | undefined) => (d ?? '').split('M').length - 1;

describe('lanes', () => {
	test('are one without subagents and two with them', () => {
		expect(draw([point(0)]).lanes).toHaveLength(1);
		const { lanes } = draw([point(0), point(1, { sidechain: true })]);
		expect(lanes.map(({ paths }) => shapes(paths[0]?.d))).toEqual([1, 1]);
		expect(lanes[1]?.top).toBeGreaterThan(lanes[0]?.bottom ?? 0);
	});

	test('have scales of their own', () => {
		const { lanes } = draw([
			point(0, { value: 1000 }),
			point(1, { value: 10, sidechain: true }),
			point(2, { value: 5, sidechain: true })
		]);
		const highest = lanes.map(({ valueTicks }) => Number(valueTicks.at(-1)?.label));
		expect(highest[0]).toBeGreaterThanOrEqual(1000);
		expect(highest[1]).toBeLessThan(20);
	});

	test('have one path a colour', () => {
		const { lanes } = draw([point(0, { slot: 3 }), point(1, { slot: 2 }), point(2, { slot: 3 })]);
		expect(lanes[0]?.paths.map(({ slot, d }) => [slot, shapes(d)])).toEqual([
			[2, 1],
			[3, 2]
		]);
	});

	test('mark unknown values and warnings, and omit zeros', () => {
		const [lane] = draw([
			point(0, { value: null }),
			point(1, { value: 0 }),
			point(2, { flagged: true })
		]).lanes;
		expect([shapes(lane?.unknown), shapes(lane?.flags), shapes(lane?.paths[0]?.d)]).toEqual([
			1, 1, 1
		]);
	});

	test('draw only what the window shows', () => {
		const points = Array.from({ length: 2000 }, (_, index) => point(index / 10));
		expect(shapes(draw(points).lanes[0]?.paths[0]?.d)).toBe(2000);
		const close = shapes(draw(points, { zoom: 20, scroll: 3000 }).lanes[0]?.paths[0]?.d);
		expect(close).toBeGreaterThan(90);
		expect(close).toBeLessThan(130);
	});

	test('are never scrolled beyond their ends', () => {
		const points = [point(0), point(3)];
		expect(draw(points, { scroll: 500 }).scroll).toBe(0);
		const { room, scroll } = draw(points, { zoom: 2, scroll: 99_999 });
		expect(scroll).toBe(room);
	});

	test('of nothing are empty', () => {
		const drawing = draw([]);
		expect(drawing.lanes[0]).toMatchObject({ paths: [], unknown: '', flags: '' });
		expect([drawing.idle, drawing.timeTicks, drawing.pointAt(400, 100)]).toEqual([[], [], null]);
	});

	test('of nothing but zeros are no error', () =>
		expect(draw([point(0, { value: 0 })]).lanes[0]?.valueTicks).toHaveLength(1));
});

describe('a place', () => {
	const points = [point(0), point(1, { sidechain: true }), point(2)];
	const drawing = draw(points);
	const middle = (lane: number) =>
		((drawing.lanes[lane]?.top ?? 0) + (drawing.lanes[lane]?.bottom ?? 0)) / 2;

	test('belongs to the nearest response of its lane', () => {
		const { x } = drawing.placeOf(1);
		expect(drawing.placeOf(1).lane).toBe(1);
		expect(drawing.pointAt(x, middle(1))).toBe(1);
		expect(drawing.pointAt(drawing.placeOf(2).x + 3, middle(0))).toBe(2);
		expect(drawing.pointAt(x, middle(0)), 'too far away').toBeNull();
		expect(drawing.pointAt(x, 219)).toBeNull();
	});

	test('leads across to the other lane', () => {
		expect([0, 1, 2].map(drawing.across)).toEqual([1, expect.any(Number), 1]);
		expect(draw([point(0), point(1)]).across(1)).toBe(1);
	});
});

describe('times on the axis', () => {
	test('are round, and do not overlap', () => {
		const { timeTicks } = draw(Array.from({ length: 100 }, (_, index) => point(index)));
		expect(timeTicks.map(({ label }) => label)).toEqual([
			'09:00',
			'09:10',
			'09:20',
			'09:30',
			'09:40',
			'09:50',
			'10:00',
			'10:10',
			'10:20',
			'10:30'
		]);
	});

	test('show when work resumes, with the day if it changes', () => {
		const { timeTicks, idle } = draw([point(1), point(4), point(24 * 60 + 3), point(24 * 60 + 6)]);
		expect(idle).toHaveLength(1);
		expect(timeTicks.some(({ label }) => label === '01-02')).toBe(true);
		expect(timeTicks[0]?.label).toContain(':');
	});

	test('are those of the zone', () => {
		const points = Array.from({ length: 1000 }, (_, index) => point(index));
		const labels = draw(points, { offset: 345 * MINUTE }).timeTicks.map(({ label }) => label);
		expect(labels).toContain('10:15');
	});
});
