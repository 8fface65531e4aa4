import { beforeEach, expect, test, vi } from 'vitest';

beforeEach(() => {
	localStorage.clear();
	vi.resetModules();
});

/** Returns the functions as a browser has them at a visit. */
const visit = async () => ({
	...(await import('./modelSlots')),
	...(await import('./modelOrder.svelte'))
});
const of = (slots: ReadonlyMap<string, number>) => Object.fromEntries(slots);

test('a model has its colour in any order and with any others', async () => {
	const { learnModels, modelSlots } = await visit();
	learnModels([...'abcd']);
	expect(of(modelSlots(['c', 'a']))).toEqual({ a: 1, c: 3 });
	expect(of(modelSlots(['d']))).toEqual({ d: 4 });
	learnModels([...'abcde']);
	expect(of(modelSlots(['e', 'd', 'b']))).toEqual({ b: 2, d: 4, e: 5 });
});

test('until the server answers, models have their colours of the last visit', async () => {
	(await visit()).learnModels(['a', 'b']);
	vi.resetModules();
	expect(of((await visit()).modelSlots(['b', 'new']))).toEqual({ b: 2, new: 4 });
});

test('models of the same chart never look alike, and none has another colour than elsewhere', async () => {
	const { learnModels, modelSlots } = await visit();
	learnModels([...'abcdefgh']);
	expect(of(modelSlots(['h', 'b']))).toEqual({ h: 1, b: 2 });
	expect(of(modelSlots(['h', 'b', 'a']))).toEqual({ a: 1, b: 2 });
	expect(of(modelSlots([...'hgfedcba']))).toEqual({ a: 1, b: 2, c: 3, d: 4, e: 5, f: 6, g: 7 });
});

test('what is stored and invalid is ignored', async () => {
	localStorage.setItem('ctm.colours', '[["a",99],"b",7]');
	expect(of((await visit()).modelSlots(['b']))).toEqual({ b: 1 });
	localStorage.setItem('ctm.colours', 'x');
	vi.resetModules();
	expect(of((await visit()).modelSlots(['b']))).toEqual({ b: 1 });
});
