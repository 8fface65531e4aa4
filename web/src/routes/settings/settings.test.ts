import { expect, test } from 'vitest';
import type { Setting } from '$lib/api/types';
import { asksForToken, toAmount } from './settings';

function settings(values: Record<string, string>): Setting[] {
	const all = { auth: 'token', auth_token: 'not set', auth_token_file: '', ...values };
	return Object.entries(all).map(([name, value]) => ({
		name,
		value,
		env: `CTM_${name.toUpperCase()}`,
		source: 'default',
		default: '',
		help: ''
	}));
}

test('a token is required if one is set, unless authentication is off', () => {
	expect(asksForToken(settings({}))).toBe(false);
	expect(asksForToken(settings({ auth_token: 'set' }))).toBe(true);
	expect(asksForToken(settings({ auth_token_file: '/run/secrets/token' }))).toBe(true);
	expect(asksForToken(settings({ auth: 'none', auth_token: 'set' }))).toBe(false);
	expect(asksForToken([])).toBe(false);
});

test('an amount is a number above zero', () => {
	expect(toAmount(' 8.5 ')).toBe(8.5);
	expect(toAmount('8,5')).toBe(8.5);
	for (const text of ['', ' ', '0', '-1', 'much']) expect(toAmount(text), text).toBeNull();
});
