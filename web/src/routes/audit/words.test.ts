import { expect, test } from 'vitest';
import { issueWords, reasonWords, skippedWords } from './words';

test('codes are explained', () => {
	expect(skippedWords('synthetic')).toMatch(/not by a model/);
	expect(issueWords('recovered')).toMatch(/no JSON as a whole/);
	expect(issueWords('malformed')).toBe(skippedWords('malformed'));
	expect(reasonWords({ code: 'per_line', text: '' })).toMatch(/every line/);
});

test('a code of a later server is shown as the server tells it', () => {
	expect(skippedWords('too_wide')).toBe('too_wide');
	expect(issueWords('odd')).toBe('odd');
	expect(reasonWords({ code: 'odd', text: 'It is odd.' })).toBe('It is odd.');
});
