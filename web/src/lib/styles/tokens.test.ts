import { readFileSync } from 'node:fs';
import { describe, expect, test } from 'vitest';
import { contrast, distance, lightness, VISIONS } from '../../testing/colour';

const css = readFileSync('src/lib/styles/tokens.css', 'utf8');
const pairs = [...css.matchAll(/--([\w-]+): light-dark\((#\w{6}), (#\w{6})\)/g)];
const themes = {
	light: new Map(pairs.map(([, name, light]) => [name, light ?? ''])),
	dark: new Map(pairs.map(([, name, , dark]) => [name, dark ?? '']))
};
const slots = ['1', '2', '3', '4', '5', '6', '7', '8'].map((slot) => `series-${slot}`);

describe.each(Object.entries(themes))('in the %s theme', (_, tokens) => {
	const colour = (name: string) => {
		const value = tokens.get(name);
		if (!value) throw new Error(`no token --${name}`);
		return value;
	};

	/** Checks that `name` stands out from `surface` at least by `ratio`. */
	function check(name: string, surface: string, ratio: number) {
		const measured = contrast(colour(name), colour(surface));
		expect(measured, `${name} on ${surface}`).toBeGreaterThanOrEqual(ratio);
	}

	test('text is readable wherever it stands', () => {
		for (const surface of ['surface', 'surface-sunken', 'surface-raised']) {
			for (const text of ['text', 'text-muted', 'link', 'good', 'warning', 'danger']) {
				check(text, surface, 4.5);
			}
		}
		check('accent-text', 'accent', 4.5);
		for (const text of ['text', 'text-muted', 'link', 'warning'])
			check(text, 'warning-surface', 4.5);
		for (const text of ['text', 'text-muted', 'link', 'danger']) check(text, 'danger-surface', 4.5);
	});

	test('outlines and series stand out', () => {
		for (const name of ['line-strong', 'accent', ...slots]) check(name, 'surface', 3);
	});

	test.each(VISIONS)('any two series differ to a person with %s vision', (vision) => {
		for (const [index, one] of slots.entries()) {
			for (const other of slots.slice(index + 1)) {
				const measured = distance(colour(one), colour(other), vision);
				expect(measured, `${one} and ${other}`).toBeGreaterThanOrEqual(12);
			}
		}
	});

	test('every step of heat is further from the surface than the one before', () => {
		const ground = lightness(colour('surface'));
		const heat = ['0', '1', '2', '3', '4'].map(
			(step) => lightness(colour(`heat-${step}`)) - ground
		);
		const steps = heat.map((step, index) => Math.abs(step) - Math.abs(heat[index - 1] ?? 0));
		for (const [index, step] of steps.entries()) {
			expect(step, `heat-${index}`).toBeGreaterThanOrEqual(index === 0 ? 2 : 8);
		}
		check('heat-4', 'heat-0', 4.5);
		check('heat-4', 'surface', 3);
	});
});
