/** Conditions of the server and of the data that a page shows figures under, each reached by routed answers. */

import type { Page } from '@playwright/test';
import type { Health } from '../src/lib/api/types';
import { health } from '../src/testing/answers';
import { answer, expect, expectSettled, open, type Place } from './helpers';
import { plantBusy } from './present';

/** Opens a page under a condition. */
export type Reach = (page: Page, place: Place) => Promise<void>;

const SINCE = '2026-01-30T11:00:00Z';

/** Returns a server with a condition under which what was written last is not in the figures. */
function conditioned(code: Health['conditions'][number]['code'], message: string): Health {
	const condition = { code, severity: 'degraded', since: SINCE, message } as const;
	return health({ status: 'degraded', conditions: [condition], problems: [message] });
}

/** Opens a page whose days are those of `query`. */
async function openWith(page: Page, place: Place, query: string) {
	const path = await place.path(page);
	await page.goto(`${path.split('?')[0]}?${query}`);
	await expectSettled(page);
}

/** Has the time pass until the page asks how the server is. */
async function waitForHealth(page: Page, words: string | RegExp) {
	const badge = page.getByRole('banner').getByRole('status');
	await expect(async () => {
		await page.clock.fastForward(31_000);
		await expect(badge).toContainText(words, { timeout: 2000 });
	}).toPass();
}

export const CONDITIONS: Record<string, Reach> = {
	reading: async (page, place) => {
		await page.routeWebSocket(/\/api\/v1\/ws/, () => {});
		const ingest = {
			state: 'scanning',
			files_total: 340,
			files_done: 85,
			bytes_total: 1000,
			bytes_done: 250
		} as const;
		await answer(page, '/health', health({ ingest }));
		await open(page, place);
	},
	offline: async (page, place) => {
		await page.clock.install();
		await open(page, place);
		await page.route(/\/api\/v1\//, (route) => route.abort());
		await waitForHealth(page, 'Offline');
	},
	'not connected': async (page, place) => {
		await page.clock.install();
		await page.routeWebSocket(/\/api\/v1\/ws/, (socket) => void socket.close());
		await open(page, place);
		await page.clock.fastForward(11_000);
		await expect(page.getByRole('banner').getByRole('status')).toContainText('Not connected');
	},
	behind: async (page, place) => {
		const message = 'reading falls behind: 12 files are waiting; the disk may be slow';
		await answer(page, '/health', conditioned('reading_behind', message));
		await open(page, place);
		await expect(page.getByRole('main').getByRole('status').first()).toContainText(message);
	},
	'home gone': async (page, place) => {
		const message =
			'the Claude home /home/u/.claude cannot be read: No such file or directory; move it back';
		await answer(page, '/health', conditioned('home_unreadable', message));
		await open(page, place);
		await expect(page.getByRole('main').getByRole('status').first()).toContainText(message);
	},
	'limits and budgets reached': async (page, place) => {
		await plantBusy(page);
		await open(page, place);
	},
	'before the first day': (page, place) => openWith(page, place, 'range=1y'),
	paused: async (page, place) => {
		await open(page, place);
		await page.getByRole('button', { name: 'Pause updates' }).click();
	}
};
