import { beforeEach, expect, test, vi } from 'vitest';

beforeEach(() => {
	localStorage.clear();
	vi.resetModules();
});

/** Returns the function as a browser has it at a visit. */
const visit = async () => (await import('./modelSlots')).modelSlots;
const of = (slots: ReadonlyMap<string, number>) => Object.fromEntries(slots);

test('a model keeps its colour in another order and with others', async () => {
	const modelSlots = await visit();
	expect(of(modelSlots(['a', 'b', 'c']))).toEqual({ a: 1, b: 2, c: 3 });
	expect(of(modelSlots(['c', 'd']))).toEqual({ c: 3, d: 4 });
	expect(of(modelSlots(['d', 'b']))).toEqual({ d: 4, b: 2 });
});

test('a model keeps its colour at the next visit', async () => {
	(await visit())(['a', 'b']);
	vi.resetModules();
	expect(of((await visit())(['b', 'e', 'a']))).toEqual({ b: 2, e: 3, a: 1 });
});

test('models of the same chart never look alike, and the eighth has no colour', async () => {
	const modelSlots = await visit();
	modelSlots([...'abcdefg']);
	expect(of(modelSlots([...'hab']))).toEqual({ h: 3, a: 1, b: 2 });
	const slots = modelSlots([...'hcabdefg']);
	expect(new Set(slots.values()).size).toBe(7);
	expect([slots.get('c'), slots.has('g')]).toEqual([3, false]);
});

test('what is stored and invalid is ignored', async () => {
	localStorage.setItem('ctm.colours', '[["a",99],["b",2],7]');
	expect(of((await visit())(['a', 'b']))).toEqual({ a: 1, b: 2 });
	localStorage.setItem('ctm.colours', 'x');
	vi.resetModules();
	expect(of((await visit())(['b']))).toEqual({ b: 1 });
});
