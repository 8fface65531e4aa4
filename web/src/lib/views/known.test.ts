/** The server accepts the pages and parameters of this page, and no others. */

import { readFileSync } from 'node:fs';
import { expect, test } from 'vitest';
import { PAGES } from '$lib/state/pages';

const server = readFileSync('../crates/ctm-personal/src/view.rs', 'utf8');

function constant(name: string): string[] {
	const list = new RegExp(`const ${name}: [^=]* = &?\\[([^\\]]*)\\]`).exec(server)?.[1];
	return [...(list ?? '').matchAll(/"([^"]*)"/g)].map(([, text]) => text ?? '');
}

const sources = import.meta.glob(['/src/**/*.{ts,svelte}', '!/src/**/*.test.ts'], {
	query: '?raw',
	import: 'default',
	eager: true
});

test('every page can be saved', () => {
	expect(constant('PAGES')).toEqual(expect.arrayContaining(PAGES.map(({ path }) => path)));
	for (const path of constant('PAGES')) {
		const folder = path === '/' ? '/(overview)' : path;
		expect(sources, path).toHaveProperty([`/src/routes${folder}/+page.svelte`]);
	}
	for (const path of constant('ITEMS')) {
		expect(sources, path).toHaveProperty([`/src/routes${path}[id]/+page.svelte`]);
	}
});

test('every parameter of a page can be saved', () => {
	const read = Object.values(sources).flatMap((code) => [
		...String(code).matchAll(/(?:choiceOf\([^,]*,|searchParams\.get\()\s*'([a-z_]+)'/g)
	]);
	const names = new Set(read.map(([, name]) => name));
	names.delete('why');
	expect(names.size).toBeGreaterThan(10);
	const known = constant('PARAMETERS');
	expect([...names].filter((name) => !known.includes(name ?? ''))).toEqual([]);
});
