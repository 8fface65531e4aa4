// @vitest-environment node
import { runInNewContext } from 'node:vm';
import { expect, test } from 'vitest';
import { extractScripts, toStyleDirectives, underAnyBase } from './content-security';

/** What SvelteKit writes for a page at the root. */
const bootstrap = `{
	__sveltekit_1vzi1g = {
		base: ""
	};
	const element = document.currentScript.parentElement;
	import("/_app/immutable/bundle.B5CUykAc.js").then((app) => {
		app.start(element)
	});
}`;

test('an inline script becomes a file, and the rest stays', () => {
	const { html, scripts } = extractScripts(
		`<script src="/a.js"></script><div><script>\n  ${bootstrap}\n</script></div>`
	);
	expect(scripts).toHaveLength(1);
	const [{ path, code } = { path: '', code: '' }] = scripts;
	expect(code).toBe(`${underAnyBase(bootstrap)}\n`);
	expect(path).toMatch(/^_app\/immutable\/boot\.[0-9a-f]{8}\.js$/);
	expect(html).toBe(`<script src="/a.js"></script><div><script src="/${path}"></script></div>`);
});

test.each(['', '/ctm', '/tools/ctm'])('the bootstrap finds out that it is under "%s"', (base) => {
	const code = underAnyBase(bootstrap);
	const src = `http://127.0.0.1:51888${base}/_app/immutable/boot.101cfd69.js`;
	const payload = /__sveltekit_\w+ = (\{[^}]*\})/.exec(code)?.[1];
	const found: unknown = runInNewContext(`(${payload})`, {
		URL,
		document: { currentScript: { src } }
	});
	expect(found).toEqual({ base });
	const imported = [...code.matchAll(/import\("([^"]+)"\)/g)].map(([, file = '']) => file);
	expect(imported.map((file) => new URL(file, src).pathname)).toEqual([
		`${base}/_app/immutable/bundle.B5CUykAc.js`
	]);
});

test.each([
	['no base', bootstrap.replace('base: ""', 'paths: ""')],
	['another base', bootstrap.replace('base: ""', 'base: "/x"')],
	['no bundle', bootstrap.replace('/bundle.', '/start.')],
	['files elsewhere', bootstrap.replaceAll('/immutable/', '/')],
	['one more file', bootstrap.replace('import', 'import("/_app/env.js"); import')],
	['another script', 'boot();']
])('a bootstrap of another form fails the build: %s', (_, code) => {
	expect(() => underAnyBase(code)).toThrow("SvelteKit's bootstrap has another form");
});

test('a style attribute becomes directives', () => {
	expect(toStyleDirectives('<div style="display: contents; top: 0;" id="a">')).toBe(
		'<div style:display="contents" style:top="0" id="a">'
	);
	expect(toStyleDirectives('<div style={styles} {style}>')).toBe('<div style={styles} {style}>');
});
