import { render, screen, within } from '@testing-library/svelte';
import { expect, test } from 'vitest';
import type { SealedMonth } from '$lib/api/types';
import { Formatter } from '$lib/format/format';
import InApp from '../../testing/InApp.svelte';
import { months } from '../../testing/seals';
import Seals from './Seals.svelte';
import { allCorrections, faultWords, sealedCost, stateWords, sumsWords } from './seals';

const show = (items: SealedMonth[]) =>
	render(InApp, { component: Seals, given: { sealed: { price_version: '1', items } } });

test('each month has its state, the latest first', () => {
	show(months);
	const table = screen.getByRole('table', { name: 'Sealed months' });
	const rows = within(table).getAllByRole('row').slice(1);
	const texts = rows.map((row) => row.textContent?.replace(/\s+/g, ' '));
	expect(texts[0]).toContain('June 2026');
	expect(texts[1]).toMatch(/May 2026.*Broken.*≥/);
	expect(texts[2]).toMatch(/April 2026.*Intact.*\$1\.50.*Yes/);
	expect(texts[3]).toMatch(/March 2026.*Corrected.*No/);
});

test('corrections are listed with what was before and since then', () => {
	show(months);
	const table = screen.getByRole('table', { name: 'Corrections' });
	const rows = within(table).getAllByRole('row').slice(1);
	const texts = rows.map((row) => row.textContent?.replace(/\s+/g, ' '));
	expect(texts).toHaveLength(2);
	expect(texts[0]).toMatch(/2 responses · 15 tokens · \$1\.50.*Nothing/);
	expect(texts[1]).toMatch(/Nothing.*2 responses.*Not yet/);
});

test('without seals and corrections nothing else is shown', () => {
	show([]);
	screen.getByText(/No month is sealed yet/);
	expect(screen.queryByRole('heading')).toBeNull();
});

test('states, faults and costs are those of the server', () => {
	const format = new Formatter('en', 'UTC');
	expect(months.map(stateWords)).toEqual(['Corrected', 'Intact', 'Broken', 'Intact']);
	expect(stateWords({ state: 'another' } as unknown as SealedMonth)).toBe('another');
	expect(months.map(faultWords).map((text) => text?.includes('its digest'))).toEqual([
		undefined,
		undefined,
		true,
		undefined
	]);
	expect(faultWords(months[2] as SealedMonth)).not.toContain('\u0007');
	expect(months.map((month) => sealedCost(month).cost_usd)).toEqual([
		1.500000000001,
		1.500000000001,
		1.500000000001,
		null
	]);
	expect(allCorrections(months).map(({ month, day }) => `${month} ${day}`)).toEqual([
		'2026-03 2026-03-20',
		'2026-03 2026-03-21'
	]);
	expect(sumsWords(null, format)).toBe('Nothing');
});
