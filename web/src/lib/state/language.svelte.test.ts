import { expect, test } from 'vitest';
import { m } from '$lib/paraglide/messages';
import { Language } from './language.svelte';

test('texts, numbers and the document follow the language', () => {
	const language = new Language(() => 'UTC');
	expect([m.overview(), document.documentElement.lang]).toEqual(['Overview', 'en']);
	language.name = 'zh';
	expect([m.overview(), document.documentElement.lang]).toEqual(['概览', 'zh-Hans-CN']);
	expect(language.format.compact(20_000)).toBe('2.00万');
	expect(localStorage.getItem('ctm.locale')).toBe('zh');
});
