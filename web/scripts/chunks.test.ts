// @vitest-environment node
import { expect, test } from 'vitest';
import { chunkOf } from './chunks';

const node = (number: number) => `/p/.svelte-kit/generated/client-optimized/nodes/${number}.js`;
const text = (name: string) => `/p/src/lib/paraglide/messages/${name}.js`;
const BUNDLE = '/kit/runtime/client/bundle.js';
const LIST = '/p/src/lib/paraglide/messages/_index.js';
const TEXTS = '/p/src/lib/paraglide/messages.js';
const PALETTE = '/p/src/lib/frame/Palette.svelte';

/** What imports each module: at once, and later. */
const GRAPH: Record<string, { at?: string[]; later?: string[]; code?: string }> = {
	[BUNDLE]: {},
	...Object.fromEntries([0, 1, 2, 3].map((number) => [node(number), { later: [BUNDLE] }])),
	layout: { at: [node(0)] },
	view: { at: ['overview', 'models'] },
	overview: { at: [node(2)], code: 'm.hello()' },
	models: { at: [node(3)] },
	choices: { at: ['overview', 'days'] },
	days: { later: ['overview'], code: 'm.days()' },
	shares: { later: ['models'], code: 'm.days()' },
	plot: { at: ['days', 'shares'] },
	scale: { at: ['overview', 'shares'] },
	heatmap: { at: ['days'] },
	[PALETTE]: { later: ['layout'] },
	dialog: { at: [PALETTE, 'help'] },
	help: { later: ['layout'] },
	calendar: { at: ['help'] },
	'days.css': { at: ['days'] },
	[TEXTS]: { at: ['overview', 'models', 'days', 'shares'] },
	[LIST]: { at: [TEXTS] },
	...Object.fromEntries(['hello', 'days', 'unused'].map((name) => [text(name), { at: [LIST] }]))
};

const check = (id: string, expected: string | null) =>
	expect(
		chunkOf(id, (one) => {
			const module = GRAPH[one];
			const { at = [], later = [], code = '' } = module ?? {};
			return module ? { importers: at, dynamicImporters: later, code } : null;
		})
	).toBe(expected);

test('what every visit starts with is one file', () => {
	for (const id of [BUNDLE, node(0), node(1), 'layout', '\0rolldown/runtime.js']) check(id, 'app');
});

test('what several pages start with is in it', () => check('view', 'app'));

test('all styles are in it', () => check('days.css', 'app'));

test('what a page alone starts with is its own', () => {
	check(node(2), null);
	check('models', null);
});

test('what a page starts with and its own parts import is another file of the page', () =>
	check('choices', 'start-2'));

test('what a page starts with and parts of another page import is in the file of all', () =>
	check('scale', 'app'));

test('the parts of a page are one file, and those that pages share another', () => {
	check('days', 'page-2');
	check('heatmap', 'page-2');
	check('shares', 'page-3');
	check('plot', 'parts');
});

test('what loads once the page is idle is one file, and what a click loads is not in it', () => {
	check(PALETTE, 'idle');
	check('dialog', 'idle');
	check('calendar', null);
});

test('a text is where it is named, although a list imports it', () => {
	check(text('hello'), null);
	check(text('days'), 'parts');
	check(text('unused'), null);
});
