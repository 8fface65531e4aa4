import { expect, test } from 'vitest';
import { issueWords, reasonWords, skippedWords } from './words';

test('codes are explained', () => {
	expect(skippedWords('synthetic')).toMatch(/not by a model/);
	expect(issueWords('recovered')).toMatch(/not valid JSON/);
	expect(issueWords('malformed')).toBe(skippedWords('malformed'));
	expect(reasonWords({ code: 'per_line', text: '' })).toMatch(/every line/);
});

test('an unknown code is shown as the server words it', () => {
	expect(skippedWords('too_wide')).toBe('too_wide');
	expect(issueWords('odd')).toBe('odd');
	expect(reasonWords({ code: 'odd', text: 'It is odd.' })).toBe('It is odd.');
});
