import { beforeEach, expect, test } from 'vitest';
import { forgetFormerTargets, formerTargets } from './former';

beforeEach(() => localStorage.clear());

test('targets of this browser are found until they are removed', () => {
	expect(formerTargets()).toBeNull();
	localStorage.setItem('ctm.targets', '{"day":null,"block":8,"month":200.5}');
	expect(formerTargets()).toEqual({ block: 8, month: 200.5 });
	forgetFormerTargets();
	expect(formerTargets()).toBeNull();
});

test('anything but a positive amount is no target', () => {
	for (const stored of ['{', 'null', '7', '{"day":"8","block":-1,"month":null}']) {
		localStorage.setItem('ctm.targets', stored);
		expect(formerTargets(), stored).toBeNull();
	}
});
