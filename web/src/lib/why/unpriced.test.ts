import { expect, test } from 'vitest';
import { overwriteGetLocale } from '$lib/paraglide/runtime';
import { unpricedWords } from './unpriced';

/** Messages of the server, from `crates/ctm-pricing`. */
const REASONS = [
	'the transcript names no model; no price can be set',
	'add a [[price]] with model = "glm-5", or map the name under [alias]',
	'the list price of its maker is in a pack: set prices_pack = "others", or add a [[price]] with model = "glm-5"',
	'which model this is depends on the platform and the day: map "opus" under [alias]',
	'the provider sets its own prices: map "x/y" under [alias] or add a [[price]]',
	'the model of the profile is not public: map "arn:aws" under [alias]',
	'the name is a placeholder, not a model'
];

test('the reasons of the server are worded in every language', () => {
	overwriteGetLocale(() => 'en');
	expect(REASONS.map(unpricedWords)).toEqual(REASONS);
	overwriteGetLocale(() => 'zh');
	expect(unpricedWords(REASONS[1] ?? '')).toBe(
		'请添加 model = "glm-5" 的 [[price]]，或在 [alias] 下映射该名称'
	);
	for (const reason of REASONS) expect(unpricedWords(reason), reason).toMatch(/\p{Script=Han}/u);
});

test('an unknown reason is shown as it is', () => {
	expect(unpricedWords('nobody lists it')).toBe('nobody lists it');
});
