// @vitest-environment node
import { readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { expect, test } from 'vitest';
import en from './en.json';
import zh from './zh.json';

/** A text, or one text for each form of a number. */
type Message = string | { match: Record<string, string> }[];

const english: Record<string, Message> = en;
const chinese: Record<string, Message> = zh;
const KEYS = Object.keys(english).filter((key) => key !== '$schema');

function textsOf(message: Message | undefined): string[] {
	if (message === undefined) return [];
	return typeof message === 'string'
		? [message]
		: message.flatMap(({ match }) => Object.values(match));
}

function placeholdersOf(message: Message | undefined): string[] {
	return textsOf(message).map((text) => [...text.matchAll(/\{\w+\}/g)].map(String).sort().join());
}

test('both languages have the same keys, in the same order', () =>
	expect(Object.keys(chinese)).toEqual(Object.keys(english)));

test('a text has the same placeholders in every language and form', () => {
	const differing = KEYS.filter((key) => {
		const found = [...placeholdersOf(english[key]), ...placeholdersOf(chinese[key])];
		return new Set(found).size > 1;
	});
	expect(differing).toEqual([]);
});

test('every key is used', () => {
	const code = readdirSync('src', { recursive: true, encoding: 'utf8' })
		.filter((file) => /\.(svelte|ts)$/.test(file) && !/paraglide|\.test\.ts$/.test(file))
		.map((file) => readFileSync(join('src', file), 'utf8'))
		.join('\n');
	const used = new Set([...code.matchAll(/\bm\.(\w+)/g)].map(([, key]) => key));
	expect(KEYS.filter((key) => !used.has(key))).toEqual([]);
});

test('Chinese has full-width punctuation, and spaces around Latin letters and numbers', () => {
	const HALF_WIDTH = /[\u4e00-\u9fff][,;:!?()]|[,;:!?()][\u4e00-\u9fff]/;
	const UNSPACED = /[\u4e00-\u9fff][A-Za-z0-9]|[A-Za-z0-9][\u4e00-\u9fff]/;
	const breaches = KEYS.flatMap((key) => textsOf(chinese[key])).filter(
		(text) => HALF_WIDTH.test(text) || UNSPACED.test(text)
	);
	expect(breaches).toEqual([]);
});

test('a clause in Chinese fits a line of a phone, so that no line begins with its comma', () => {
	// Lines end only between clauses, unless one is longer than a line.
	const MOST_CHARACTERS = 18;
	const long = KEYS.flatMap((key) => textsOf(chinese[key]))
		.flatMap((text) => text.split(/[，。：；、！？（）“” ]|\{\w+\}/))
		.filter((clause) => clause.length > MOST_CHARACTERS && /[\u4e00-\u9fff]/.test(clause));
	expect(long).toEqual([]);
});

test('texts are without markup, which would be shown as it is', () => {
	const texts = [english, chinese].flatMap((language) =>
		KEYS.flatMap((key) => textsOf(language[key]))
	);
	expect(texts.filter((text) => text.includes('`'))).toEqual([]);
});
