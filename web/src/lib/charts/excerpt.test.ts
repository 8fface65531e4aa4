import { describe, expect, test } from 'vitest';
import { keepPlace, mostZoom, zoomAt } from './excerpt';
import { squeeze } from './squeeze';

const MINUTE = 60_000;
const START = Date.parse('2026-01-01T09:00:00Z');

describe('the window', () => {
	test('keeps the moment under the pointer while it zooms', () => {
		const window = zoomAt({ zoom: 2, scroll: 300 }, 2, 100, 600, 50);
		expect(window).toEqual({ zoom: 4, scroll: 700 });
		expect((window.scroll + 100) / window.zoom).toBe((300 + 100) / 2);
	});

	test('neither leaves the line nor zooms without end', () => {
		expect(zoomAt({ zoom: 1, scroll: 0 }, 0.5, 100, 600, 50)).toEqual({ zoom: 1, scroll: 0 });
		expect(zoomAt({ zoom: 4, scroll: 1800 }, 0.5, 0, 600, 50)).toEqual({ zoom: 2, scroll: 600 });
		expect(zoomAt({ zoom: 40, scroll: 0 }, 2, 0, 600, 50).zoom).toBe(50);
	});

	test('can come close to many responses', () => {
		expect(mostZoom(10, 600)).toBe(8);
		expect(mostZoom(2000, 600)).toBe(80);
		expect(mostZoom(1_000_000, 600)).toBe(400);
	});
});

test('responses added at the end leave what is seen where it is', () => {
	const minutes = Array.from({ length: 60 }, (_, minute) => START + minute * MINUTE);
	const [before, after] = [squeeze(minutes.slice(0, 40)), squeeze(minutes)];
	const room = 700;
	const excerpt = { zoom: 4, scroll: 900 };
	const kept = keepPlace(before, after, excerpt, room);
	const x = (line: typeof before, { zoom, scroll }: typeof excerpt, index: number) =>
		((line.places[index] ?? 0) / line.length) * zoom * room - scroll;
	for (const index of [14, 16, 20]) {
		expect(x(after, kept, index)).toBeCloseTo(x(before, excerpt, index));
	}
	expect(keepPlace(squeeze([]), after, excerpt, room)).toEqual(excerpt);
});
