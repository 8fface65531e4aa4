import { describe, expect, test } from 'vitest';
import { IDLE_MS, squeeze } from './squeeze';

const MINUTE = 60_000;
const START = Date.parse('2026-01-01T09:00:00Z');

describe('squeezed time', () => {
	const minutes = (...at: number[]) => squeeze(at.map((minute) => START + minute * MINUTE));

	test('keeps the length of work', () => {
		const { place, idle } = minutes(0, 3, 5);
		expect(place(START + 3 * MINUTE) - place(START)).toBe(3 * MINUTE);
		expect(idle).toEqual([]);
	});

	test('gives every idle stretch the same short length', () => {
		const { place, idle, idleLength } = minutes(0, 4, 60, 64, 600);
		expect(idle.map(({ from, to }) => (to - from) / MINUTE)).toEqual([56, 536]);
		expect(place(START + 60 * MINUTE) - place(START + 4 * MINUTE)).toBeCloseTo(idleLength);
		expect(place(START + 600 * MINUTE) - place(START + 64 * MINUTE)).toBeCloseTo(idleLength);
	});

	test('is idle only beyond five minutes', () => {
		expect(squeeze([START, START + IDLE_MS]).idle).toHaveLength(0);
		expect(squeeze([START, START + IDLE_MS + 1]).idle).toHaveLength(1);
	});

	test('puts a moment of an idle stretch at its beginning', () => {
		const { place } = minutes(0, 4, 60);
		expect(place(START + 30 * MINUTE)).toBe(place(START + 4 * MINUTE));
		expect(place(START - MINUTE)).toBe(place(START));
	});

	test('of one moment or none has a length', () => {
		expect(minutes(0).length).toBeGreaterThan(0);
		const nothing = squeeze([]);
		expect(nothing.length).toBeGreaterThan(0);
		expect(nothing.place(START)).toBe(0);
	});
});
