import type { Page, WebSocketRoute } from '@playwright/test';
import { stats, usage } from '../src/testing/answers';
import {
	answer,
	appendResponse,
	ask,
	endpoint,
	expect,
	expectAccessible,
	openOverview,
	test
} from './helpers';

/** Takes the server's place on the WebSocket; `onopen` gets every connection. */
function routeSocket(page: Page, onopen: (socket: WebSocketRoute) => void) {
	return page.routeWebSocket(/\/api\/v1\/ws/, onopen);
}

function message(type: string, data: object): string {
	return JSON.stringify({ v: 1, type, seq: 1, at: new Date().toISOString(), data });
}

const connected = message('connected', { protocol: 1, data_version: 1, heartbeat_s: 30 });
const badge = (page: Page, text: string | RegExp) =>
	page.getByRole('banner').getByRole('status').filter({ hasText: text });

// Two that write the same transcript would count each other's responses.
test.describe.configure({ mode: 'default' });

/** Opens the overview of today, which has usage at every time of day. */
async function openToday(page: Page) {
	const today = async () => (await ask(page, '/stats', { range: 'today' })).totals.responses;
	const before = await today();
	appendResponse({ output_tokens: 1 });
	await expect.poll(today).toBeGreaterThan(before);
	await openOverview(page, '?range=today');
}

test('new usage appears on the page', async ({ page }) => {
	await openToday(page);
	await expect(badge(page, 'Live')).toBeVisible();
	const tokens = page.getByRole('group', { name: 'Tokens' }).locator('data').first();
	const before = Number(await tokens.getAttribute('value'));
	let loads = 0;
	page.on('load', () => (loads += 1));
	appendResponse({ output_tokens: 345 });
	await expect(tokens).toHaveAttribute('value', String(before + 345));
	expect(loads, 'without loading the page again').toBe(0);
});

test('who loses the network keeps the numbers, and catches up by himself', async ({
	context,
	page
}) => {
	// A browser in offline mode leaves open connections alone: they are cut here.
	let socket: WebSocketRoute | undefined;
	let cut = false;
	await routeSocket(page, (opened) => {
		socket = opened;
		if (cut) void opened.close();
		else opened.connectToServer();
	});
	await openToday(page);
	await expect(badge(page, 'Live')).toBeVisible();
	const tokens = page.getByRole('group', { name: 'Tokens' }).locator('data').first();
	const before = Number(await tokens.getAttribute('value'));

	cut = true;
	await context.setOffline(true);
	await socket?.close();
	await expect(badge(page, 'Connecting')).toBeVisible();
	appendResponse({ output_tokens: 345 });
	await expect(tokens).toHaveAttribute('value', String(before));
	await expectAccessible(page);

	cut = false;
	await context.setOffline(false);
	await expect(badge(page, 'Live')).toBeVisible();
	await expect
		.poll(async () => Number(await tokens.getAttribute('value')))
		.toBeGreaterThanOrEqual(before + 345);
	await expect(page.getByRole('alert')).toHaveCount(0);
});

test('code that is loaded later waits for the network', async ({ context, page }) => {
	await openOverview(page);
	await expect(badge(page, 'Live')).toBeVisible();
	await context.setOffline(true);
	await page.keyboard.press('?');
	await expect(page.getByRole('dialog')).toHaveCount(0);
	await context.setOffline(false);
	await expect(page.getByRole('dialog')).toBeVisible();
});

test('an announced change is fetched without a flicker', async ({ page }) => {
	let socket: WebSocketRoute | undefined;
	await routeSocket(page, (opened) => {
		socket = opened;
		opened.send(connected);
	});
	let asked = 0;
	page.on('request', (request) => (asked += endpoint('/stats').test(request.url()) ? 1 : 0));
	await answer(page, '/stats', stats(usage(1000, 1)));
	await openOverview(page);
	await expect(badge(page, 'Live')).toBeVisible();
	const tokens = page.getByRole('group', { name: 'Tokens' }).locator('data').first();
	await expect(tokens).toHaveText('1,000');
	expect(asked, 'the version that is announced at first is already shown').toBe(1);

	let release = () => {};
	const released = new Promise<void>((resolve) => (release = resolve));
	await page.unroute(endpoint('/stats'));
	await page.route(endpoint('/stats'), async (route) => {
		await released;
		await route.fulfill({ json: stats(usage(2000, 2)) });
	});
	const askedAgain = page.waitForRequest(endpoint('/stats'));
	socket?.send(
		message('stats_update', { data_version: 2, changed: [], session_ids: [], more: true })
	);
	await askedAgain;
	await expect(tokens).toHaveText('1,000');
	release();
	await expect(tokens).toHaveText('2,000');
});

test('a ping is answered', async ({ page }) => {
	const said: unknown[] = [];
	await routeSocket(page, (socket) => {
		socket.onMessage((text) => said.push(JSON.parse(String(text))));
		socket.send(connected);
		socket.send(message('ping', { nonce: 'n-1' }));
	});
	await page.goto('/');
	await expect.poll(() => said).toContainEqual({ v: 1, type: 'pong', data: { nonce: 'n-1' } });
});

test('a lost connection is reported after ten seconds, the numbers stay, and it comes back', async ({
	page
}) => {
	await page.clock.install();
	let refuse = false;
	let socket: WebSocketRoute | undefined;
	await routeSocket(page, (opened) => {
		socket = opened;
		if (refuse) void opened.close();
		else opened.send(connected);
	});
	await openOverview(page);
	await expect(badge(page, 'Live')).toBeVisible();
	const tokens = page.getByRole('group', { name: 'Tokens' }).locator('data').first();
	const before = await tokens.textContent();

	refuse = true;
	await socket?.close();
	await expect(badge(page, 'Connecting')).toBeVisible();
	await page.clock.fastForward(10_500);
	await expect(badge(page, /Stale since \d\d:\d\d:\d\d/)).toBeVisible();
	await expect(tokens).toHaveText(before ?? '');
	await expectAccessible(page);

	refuse = false;
	await page.evaluate(() => dispatchEvent(new Event('online')));
	await expect(badge(page, 'Live')).toBeVisible();
});

test('without a connection the page asks every thirty seconds', async ({ page }) => {
	await page.clock.install();
	await routeSocket(page, (socket) => void socket.close());
	await openOverview(page);
	const asked = page.waitForRequest(endpoint('/stats'));
	await page.clock.fastForward(30_500);
	await asked;
});
