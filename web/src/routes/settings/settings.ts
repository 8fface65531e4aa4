/** Facts derived from the effective settings. */

import type { Setting } from '$lib/api/types';

/** Returns whether the server requires a token, so that the user of this page has logged in. */
export function asksForToken(settings: readonly Setting[]): boolean {
	const valueOf = (name: string) => settings.find((setting) => setting.name === name)?.value ?? '';
	const isSet = valueOf('auth_token') === 'set' || valueOf('auth_token_file') !== '';
	return valueOf('auth') === 'token' && isSet;
}

/** Returns a typed amount, or `null` without one. */
export function toAmount(text: string): number | null {
	const amount = Number(text.trim().replace(',', '.'));
	return text.trim() !== '' && Number.isFinite(amount) && amount > 0 ? amount : null;
}
