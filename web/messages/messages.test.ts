// @vitest-environment node
import { expect, test } from 'vitest';
import en from './en.json';
import zh from './zh.json';

const placeholders = (text: string) => [...text.matchAll(/\{\w+\}/g)].map(String).sort();

test('both languages say the same things', () => {
	expect(Object.keys(zh)).toEqual(Object.keys(en));
	for (const key of Object.keys(en) as (keyof typeof en)[]) {
		expect(placeholders(zh[key]), key).toEqual(placeholders(en[key]));
	}
});
