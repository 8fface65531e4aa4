import { expect, test } from 'vitest';
import { placeBeside } from './place';

const window = { width: 400, height: 600 };
const at = (left: number, top: number) => ({ left, top, right: left + 50, bottom: top + 20 });

test('it stands below what opened it, within the window', () => {
	const check = (left: number, align: 'start' | 'end', expected: number) => {
		const place = placeBeside(at(left, 100), { width: 200, height: 300 }, window, align);
		expect(place).toEqual({ left: expected, top: 126, bottom: null, maxHeight: 466 });
	};
	check(20, 'start', 20);
	check(350, 'start', 192);
	check(340, 'end', 190);
	check(20, 'end', 8);
});

test('it stands above where there is more room', () => {
	expect(placeBeside(at(20, 560), { width: 200, height: 300 }, window)).toEqual({
		left: 20,
		top: null,
		bottom: 46,
		maxHeight: 546
	});
	expect(placeBeside(at(20, 200), { width: 200, height: 900 }, window).top).toBe(226);
});
