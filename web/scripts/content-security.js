/**
 * Makes the built page obey `Content-Security-Policy: default-src 'self'`, which the server sends
 * and under which neither inline scripts nor style attributes in markup have an effect.
 *
 * SvelteKit writes one of each, and bits-ui some of the second. It could also write hashes of them into a `<meta>` policy, but a
 * page obeys that policy *and* the header, so that hashes cannot loosen anything, and the server
 * would have to list them. What comes from the same origin needs no exception.
 */

import { createHash } from 'node:crypto';
import { readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';

/** Where the bundle is that SvelteKit starts the page with, and the script that does. */
const FILES = '_app/immutable';

const INLINE_SCRIPT = /<script(?![^>]*\bsrc=)[^>]*>([\s\S]*?)<\/script>/g;

/**
 * Returns an adapter that runs `adapter` and then moves the inline scripts of the page at
 * `directory`/index.html into files.
 *
 * @param {import('@sveltejs/kit').Adapter} adapter
 * @param {string} directory
 * @returns {import('@sveltejs/kit').Adapter}
 */
export function withExternalScripts(adapter, directory) {
	return {
		...adapter,
		async adapt(builder) {
			await adapter.adapt(builder);
			const page = join(directory, 'index.html');
			const { html, scripts } = extractScripts(readFileSync(page, 'utf8'));
			for (const { path, code } of scripts) writeFileSync(join(directory, path), code);
			writeFileSync(page, html);
		}
	};
}

/**
 * Returns `html` with a file in place of every inline script, and those files.
 *
 * They stay classic scripts in the same place, because the bootstrap asks
 * `document.currentScript` where to mount the page.
 *
 * @param {string} html
 */
export function extractScripts(html) {
	/** @type {{ path: string, code: string }[]} */
	const scripts = [];
	const external = html.replace(INLINE_SCRIPT, (_, /** @type {string} */ body) => {
		const code = `${underAnyBase(body.trim())}\n`;
		const hash = createHash('sha256').update(code).digest('hex').slice(0, 8);
		const path = `${FILES}/boot.${hash}.js`;
		scripts.push({ path, code });
		return `<script src="/${path}"></script>`;
	});
	return { html: external, scripts };
}

/**
 * Returns SvelteKit's bootstrap so that it starts the page from wherever the server has it: the
 * script itself is in {@link FILES} below the base path, and the bundle that it imports next to it.
 *
 * @param {string} code
 */
export function underAnyBase(code) {
	const portable = code
		.replace(
			/\bbase: ""/,
			"base: new URL('../..', document.currentScript.src).pathname.slice(0, -1)"
		)
		.replace(`import("/${FILES}/`, 'import("./');
	const expected = /base: new URL[\s\S]*import\("\.\/bundle\.[\w-]+\.js"\)/;
	if (!expected.test(portable) || portable.includes('"/')) {
		throw new Error(
			`SvelteKit's bootstrap has another form; have underAnyBase take the base path out of\n${code}`
		);
	}
	return portable;
}

/**
 * Hides SvelteKit's announcer of page changes by a class of base.css in place of a style attribute.
 *
 * @type {import('svelte/compiler').PreprocessorGroup}
 */
export const announcerWithClass = {
	name: 'announcer-with-class',
	markup({ content, filename }) {
		if (!filename?.endsWith('generated/root.svelte')) return undefined;
		const code = content.replace(
			/(<div id="svelte-announcer"[^>]*?) style="[^"]*"/,
			'$1 class="visually-hidden"'
		);
		if (code === content) throw new Error(`no announcer with a style attribute in ${filename}`);
		return { code };
	}
};

/**
 * Writes the style attributes in the markup of bits-ui as directives, which set them by script.
 *
 * @type {import('svelte/compiler').PreprocessorGroup}
 */
export const styleDirectives = {
	name: 'style-directives',
	markup({ content, filename }) {
		if (!filename?.includes('/bits-ui/')) return undefined;
		return { code: toStyleDirectives(content) };
	}
};

/**
 * Returns `markup` with a directive in place of every declaration of a style attribute.
 *
 * @param {string} markup
 */
export function toStyleDirectives(markup) {
	return markup.replace(/ style="([^"{}]*)"/g, (_, /** @type {string} */ declarations) =>
		declarations
			.split(';')
			.map((declaration) => declaration.split(':').map((part) => part.trim()))
			.filter(([property]) => property)
			.map(([property, value]) => ` style:${property}="${value}"`)
			.join('')
	);
}
