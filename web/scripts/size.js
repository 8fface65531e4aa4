/**
 * Fails when a page loads more at its first visit than the budget allows.
 *
 * What a page loads is read from Vite's manifest: the bootstrap, the layout, the page's own node,
 * and everything that these import at once; compressed as the server sends it.
 */

import { readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { gzipSync } from 'node:zlib';

const CLIENT = '.svelte-kit/output/client';
const BUDGETS_KB = { js: 80, node: 25, css: 15, locale: 3 };

/** @type {Record<string, { file: string, imports?: string[], css?: string[] }>} */
const manifest = JSON.parse(readFileSync(join(CLIENT, '.vite/manifest.json'), 'utf8'));
const nodes = Object.keys(manifest).filter((key) => /\/nodes\/\d+\.js$/.test(key));
// Every visit loads the layout and the page for errors: nodes 0 and 1.
const always = Object.keys(manifest).filter((key) => /\/client\/bundle\.js$/.test(key));
const pages = nodes.filter((key) => !/\/[01]\.js$/.test(key));

/** @param {string} file */
const compressedKb = (file) => gzipSync(readFileSync(join(CLIENT, file))).length / 1000;

/** The texts of each language, of which a page loads those that it needs. */
const languages = readdirSync('messages')
	.filter((name) => name.endsWith('.json'))
	.map((name) => ({
		name: name.replace('.json', ''),
		texts: Object.values(JSON.parse(readFileSync(join('messages', name), 'utf8'))).flatMap(formsOf)
	}));

/**
 * Returns a text, or all forms of one that has several.
 *
 * @param {string | { match: Record<string, string> }[]} text
 */
function formsOf(text) {
	return typeof text === 'string' ? [text] : text.flatMap(({ match }) => Object.values(match));
}

/**
 * Returns the size of the texts that code contains: all words between their placeholders.
 *
 * @param {readonly string[]} texts
 * @param {string} code
 */
function textsKb(texts, code) {
	const contained = texts.filter((text) =>
		text.split(/\{\w+\}/).every((words) => code.includes(words))
	);
	return gzipSync(contained.join('\n')).length / 1000;
}

/** @param {Iterable<string>} files */
const sumKb = (files) => [...new Set(files)].reduce((sum, file) => sum + compressedKb(file), 0);

/**
 * Returns `keys` and all that they import at once.
 *
 * @param {string[]} keys
 */
function closure(keys) {
	const found = new Set(keys);
	for (const key of found) for (const next of manifest[key]?.imports ?? []) found.add(next);
	return [...found].map((key) => {
		const chunk = manifest[key];
		if (!chunk) throw new Error(`no chunk ${key} in the manifest`);
		return chunk;
	});
}

let failed = false;

/** @type {(what: string, kb: number, budgetKb: number) => void} */
function report(what, kb, budgetKb) {
	const over = kb > budgetKb;
	failed ||= over;
	console.log(`${over ? 'OVER' : 'ok  '} ${what}: ${kb.toFixed(1)} kB of ${budgetKb} kB`);
}

if (pages.length === 0 || always.length !== 1) throw new Error('the manifest has another form');
for (const page of pages) {
	const chunks = closure([...always, page]);
	const name = page.replace(/.*\//, 'node ');
	report(`${name} initial JS`, sumKb(chunks.map(({ file }) => file)), BUDGETS_KB.js);
	report(`${name} own JS`, sumKb([manifest[page]?.file ?? '']), BUDGETS_KB.node);
	report(`${name} CSS`, sumKb(chunks.flatMap(({ css }) => css ?? [])), BUDGETS_KB.css);
	const code = chunks.map(({ file }) => readFileSync(join(CLIENT, file), 'utf8')).join('\n');
	for (const language of languages) {
		report(`${name} ${language.name} texts`, textsKb(language.texts, code), BUDGETS_KB.locale);
	}
}
process.exitCode = failed ? 1 : 0;
