import { beforeEach, expect, test } from 'vitest';
import { Targets } from './targets.svelte';

beforeEach(() => localStorage.clear());

const none = { day: null, block: null, month: null };

test('targets are kept', () => {
	const targets = new Targets();
	expect(targets.amounts).toEqual(none);
	targets.set('block', 8);
	targets.set('month', 200.5);
	expect(new Targets().amounts).toEqual({ day: null, block: 8, month: 200.5 });
	targets.set('block', null);
	expect(new Targets().amounts.block).toBeNull();
});

test('an invalid amount is not a target', () => {
	const targets = new Targets();
	for (const amount of [0, -1, NaN, Infinity]) targets.set('day', amount);
	expect(targets.amounts).toEqual(none);
	for (const stored of ['{', 'null', '7', '{"day":"8","block":-1,"month":null}']) {
		localStorage.setItem('ctm.targets', stored);
		expect(new Targets().amounts, stored).toEqual(none);
	}
});
