// @vitest-environment node
import { expect, test } from 'vitest';
import { extractScripts } from './content-security';

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
