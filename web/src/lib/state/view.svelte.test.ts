import { expect, test } from 'vitest';
import { View } from './view.svelte';

test('something is pale for as long as a chart draws it', () => {
	const view = new View();
	const [first, second] = [view.showPale(), view.showPale()];
	first();
	expect(view.hasPale).toBe(true);
	second();
	expect(view.hasPale).toBe(false);
});
