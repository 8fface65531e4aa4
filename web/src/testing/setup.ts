/** What every test of the page begins with: a page that was just opened, whatever the test before left. */

import { configure } from '@testing-library/svelte';
import { beforeEach, vi } from 'vitest';
import { baseLocale, overwriteGetLocale } from '$lib/paraglide/runtime';
import { PATIENCE_MS } from './patience';

configure({ asyncUtilTimeout: PATIENCE_MS });

beforeEach(() => {
	vi.useRealTimers();
	overwriteGetLocale(() => baseLocale);
	// Some files have no page.
	if (typeof document === 'undefined') return;
	localStorage.clear();
	sessionStorage.clear();
	for (const { name } of [...document.documentElement.attributes]) {
		document.documentElement.removeAttribute(name);
	}
});
