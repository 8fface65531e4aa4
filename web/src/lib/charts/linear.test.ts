import { expect, test } from 'vitest';
import { linear, px } from './linear';

test('a scale maps the ends of its domain to the ends of its range', () => {
	const at = linear([0, 10], [200, 0]);
	expect([0, 5, 10].map(at)).toEqual([200, 100, 0]);
	expect(linear([3, 3], [200, 0])(3)).toBe(200);
});

test('lengths are written short', () => expect(px(1 / 3)).toBe('0.33'));
