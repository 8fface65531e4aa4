import { expect, test } from 'vitest';
import { m } from '$lib/paraglide/messages';
import { counted, countedShort } from './counted';
import { Formatter } from './format';

const format = new Formatter('en', 'UTC');

test('units have a singular and a plural', () => {
	expect(counted(m.count_sessions, 1, format)).toBe('1 session');
	expect(counted(m.count_sessions, 0, format)).toBe('0 sessions');
	expect(counted(m.count_sessions, 1968, format)).toBe('1,968 sessions');
	expect(countedShort(m.count_tokens, 412_600_123, format)).toBe('412.6M tokens');
});

test('Chinese units have one form', () => {
	expect(m.count_sessions({ number: 1, count: '1' }, { locale: 'zh' })).toBe('1 个会话');
});
