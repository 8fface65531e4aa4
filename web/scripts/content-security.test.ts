// @vitest-environment node
import { expect, test } from 'vitest';
import { extractScripts, toStyleDirectives } from './content-security';

test('an inline script becomes a file, and the rest stays', () => {
	const { html, scripts } = extractScripts(
		'<script src="/a.js"></script><div><script>\n  boot();\n</script></div>'
	);
	expect(scripts).toHaveLength(1);
	const [{ path, code } = { path: '', code: '' }] = scripts;
	expect(code).toBe('boot();\n');
	expect(path).toMatch(/^_app\/immutable\/entry\/boot\.[0-9a-f]{8}\.js$/);
	expect(html).toBe(`<script src="/a.js"></script><div><script src="/${path}"></script></div>`);
});

test('a style attribute becomes directives', () => {
	expect(toStyleDirectives('<div style="display: contents; top: 0;" id="a">')).toBe(
		'<div style:display="contents" style:top="0" id="a">'
	);
	expect(toStyleDirectives('<div style={styles} {style}>')).toBe('<div style={styles} {style}>');
});
