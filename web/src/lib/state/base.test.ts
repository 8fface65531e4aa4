import { describe, expect, test } from 'vitest';
import { inApp, withoutBase } from './base';

describe.each(['', '/ctm', '/tools/ctm'])('under "%s"', (base) => {
	test.each(['/', '/sessions', '/projects/%2Fsrc%2Fapi', '/ctm'])('%s there and back', (path) => {
		expect(inApp(path, base)).toBe(`${base}${path}`);
		expect(withoutBase(inApp(path, base), base)).toBe(path);
	});
});

test('the base path alone is the overview', () => {
	expect(withoutBase('/ctm', '/ctm')).toBe('/');
	expect(withoutBase('/ctm/', '/ctm')).toBe('/');
});
