import type { CacheMiss } from '$lib/api/types';
import { Formatter } from '$lib/format/format';
import { expect, test } from 'vitest';
import { missWords, reasonWords } from './missWords';

const format = new Formatter('en', 'UTC');

function found(more: Partial<CacheMiss>): CacheMiss {
	return {
		key: 'msg_1:req_1',
		at: '2026-01-30T09:00:00Z',
		agent: null,
		cached_tokens: 21_000,
		read_tokens: 0,
		resent_tokens: 21_000,
		extra_cost_usd: 0.1,
		pause_ms: 29 * 60_000,
		cause: 'expired',
		basis: 'inferred',
		...more
	};
}

test('a pause is named, and a logged cause is in the words of the cache page', () => {
	expect(reasonWords(found({}), format)).toMatch(/^Idle for 29/);
	expect(reasonWords(found({ cause: 'tools_changed', basis: 'logged' }), format)).toBe(
		'Tools changed'
	);
	expect(reasonWords(found({ cause: 'something_new', basis: 'logged' }), format)).toBe(
		'something_new'
	);
	expect(reasonWords(found({ pause_ms: null }), format)).toBe('Pause longer than the cache lasts');
});

test('the note of a response has what was billed again', () => {
	const note = missWords(found({ cause: 'changed' }), format);
	expect(note).toMatch(/^Cache miss, 21.*billed again\. Beginning of the prompt changed$/);
});
