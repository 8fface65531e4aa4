import { expect, test } from 'vitest';
import { sourcePieces } from './source';

test('addresses can be followed, and the rest is text', () => {
	expect(sourcePieces('docs.example.com/prices/a (before 2026-10-07); tool v1.0.22')).toEqual([
		{ text: 'docs.example.com/prices/a', href: 'https://docs.example.com/prices/a' },
		{ text: ' (before 2026-10-07); tool v1.0.22' }
	]);
	expect(sourcePieces('see https://example.com/a')).toEqual([
		{ text: 'see ' },
		{ text: 'https://example.com/a', href: 'https://example.com/a' }
	]);
});

test('only addresses with https become links', () => {
	expect(sourcePieces('javascript:alert(1)')).toEqual([{ text: 'javascript:alert(1)' }]);
	expect(sourcePieces('settings file, line 2')).toEqual([{ text: 'settings file, line 2' }]);
	expect(sourcePieces('')).toEqual([]);
});
