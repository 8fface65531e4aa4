// @vitest-environment node
import { readFileSync } from 'node:fs';
import { expect, test } from 'vitest';
import { FLAGS, KINDS, MULTIPLIERS, RULES, wordsOf } from './words';

test('every rule that the server documents has an explanation', () => {
	const schema = readFileSync('src/lib/api/schema.ts', 'utf8');
	const documented = /Rule that made another line win:([\s\S]*?);/.exec(schema)?.[1] ?? '';
	const rules = [...documented.matchAll(/`(\w+)`/g)].map(([, rule]) => rule);
	expect(rules.length).toBeGreaterThan(0);
	expect(Object.keys(RULES).sort()).toEqual(rules.sort());
});

test('nothing is explained twice in the same words', () => {
	for (const words of [RULES, FLAGS, MULTIPLIERS, KINDS]) {
		const texts = Object.values(words).map((text) => text());
		expect(new Set(texts).size).toBe(texts.length);
	}
});

test('an unknown name is shown as it is', () => {
	expect(wordsOf(FLAGS, 'novel')).toBe('novel');
});
