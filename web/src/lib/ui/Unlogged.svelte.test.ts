import { render, screen } from '@testing-library/svelte';
import { expect, test } from 'vitest';
import InApp from '../../testing/InApp.svelte';
import Unlogged from './Unlogged.svelte';

const show = (included: boolean) => {
	const unlogged = { requests: 2, total_tokens: 1234, cost_usd: 0.5, included };
	render(InApp, { component: Unlogged, given: { unlogged } });
};

test('a line says how much only telemetry reports, and a link includes it', () => {
	show(false);
	const line = screen.getByText(/^2 requests that only telemetry reports:/);
	expect(line.textContent?.replace(/\s+/g, ' ').trim()).toBe(
		'2 requests that only telemetry reports: 1,234 tokens, $0.50. Not included. Include'
	);
	const link = screen.getByRole('link', { name: 'Include' });
	expect(new URL(link.getAttribute('href') ?? '', 'http://localhost').search).toContain(
		'unlogged=true'
	);
});

test('what is included can be left out', () => {
	show(true);
	const link = screen.getByRole('link', { name: 'Leave out' });
	expect(new URL(link.getAttribute('href') ?? '', 'http://localhost').search).toContain(
		'unlogged=false'
	);
});
