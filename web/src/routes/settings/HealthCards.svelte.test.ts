import { render, screen, within } from '@testing-library/svelte';
import { expect, test } from 'vitest';
import type { Health } from '$lib/api/types';
import LiveBadge from '$lib/frame/LiveBadge.svelte';
import { Kept } from '$lib/state/kept.svelte';
import { health } from '../../testing/answers';
import InApp from '../../testing/InApp.svelte';
import HealthCards from './HealthCards.svelte';

const full = health({
	status: 'unhealthy',
	conditions: [
		{
			code: 'database_full',
			severity: 'unhealthy',
			since: '2026-03-11T09:30:00.000Z',
			message: 'the disk is full; make room'
		},
		{
			code: 'transcripts_unreadable',
			severity: 'degraded',
			since: '2026-03-11T09:30:00.000Z',
			message: 'cannot read a, b; let the user read them'
		}
	],
	problems: ['the disk is full; make room', 'a: Permission denied', 'b: Permission denied']
});

test('each condition has a name, a time and a remedy, with its files below', () => {
	render(InApp, { component: HealthCards, given: { health: full, prices: null } });
	const [conditions, files] = screen
		.getAllByRole('list')
		.map((list) => within(list).getAllByRole('listitem'));
	const [first, second] = conditions ?? [];
	expect(first?.textContent).toMatch(/The disk is full\s+since .*09:30.*make room/s);
	expect(second?.textContent).toContain('Transcripts cannot be read');
	expect(files?.map((item) => item.textContent)).toEqual([
		'a: Permission denied',
		'b: Permission denied'
	]);
});

test('nothing is up to date that cannot be stored', () => {
	render(InApp, { component: HealthCards, given: { health: full, prices: null } });
	const reading = screen.getByRole('heading', { name: 'Reading' }).closest('section');
	expect(reading?.textContent).toContain('The disk is full');
	expect(reading?.textContent).not.toContain('Up to date');
});

test('without conditions there is no list of them', () => {
	render(InApp, { component: HealthCards, given: { health: health(), prices: null } });
	expect(screen.getAllByRole('list')).toHaveLength(1);
	expect(screen.getByText('No problems')).toBeTruthy();
});

test('homes that are not read are listed with the setting that reads them', async () => {
	const unread_homes = [
		{ kind: 'cowork', label: 'cowork', path: '/home/u/.config/Claude/sessions', homes: 12 }
	];
	const given = { health: health({ unread_homes }), prices: null };
	render(InApp, { component: HealthCards, given });
	const home = await screen.findByText('/home/u/.config/Claude/sessions');
	expect(home.closest('li')?.textContent).toMatch(/Cowork, 12 homes/);
	expect(screen.getByText(/CTM_CLAUDE_DIR to auto/)).toBeTruthy();
});

test('the badge says live only while the server is healthy', async () => {
	const kept = new Kept<Health>();
	render(InApp, { component: LiveBadge, given: {}, app: { health: kept } });
	const badge = screen.getByRole('status');
	expect(badge.textContent).toBe('Live');
	await kept.follow(Promise.resolve({ ok: true, value: full }));
	await expect.poll(() => badge.textContent).toBe('Not up to date');
	expect(badge.title).toBe('the disk is full; make room');
	await kept.follow(Promise.resolve({ ok: true, value: health() }));
	await expect.poll(() => badge.textContent).toBe('Live');
});
