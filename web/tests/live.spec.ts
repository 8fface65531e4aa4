import type { Page, WebSocketRoute } from '@playwright/test';
import { dailyStats, health, meta, stats, usage } from '../src/testing/answers';
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

function greeting(instance_id: string, data_version: number): string {
	return message('connected', {
		instance_id,
		seq: 0,
		protocol: 1,
		data_version,
		heartbeat_s: 30
	});
}

const connected = greeting('a', 1);
const changed = (data_version: number) =>
	message('stats_update', { data_version, changed: [], session_ids: [], more: true });
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

test('a click is not lost when the server announces a change at that moment', async ({ page }) => {
	let socket: WebSocketRoute | undefined;
	await routeSocket(page, (route) => {
		socket = route;
		route.send(connected);
	});
	await openOverview(page);
	await expect(badge(page, 'Live')).toBeVisible();
	// The code of the next page is on its way while something changes.
	const CODE = /_app\/immutable\/.*\.js$/;
	let release = () => {};
	const released = new Promise<void>((resolve) => (release = resolve));
	await page.route(CODE, async (route) => {
		await released;
		await route.continue();
	});
	const code = page.waitForRequest(CODE);
	await page.getByRole('navigation').getByRole('link', { name: 'Models' }).click();
	await code;
	// A press becomes a navigation after the next frame.
	await page.evaluate(
		() => new Promise((done) => requestAnimationFrame(() => setTimeout(done, 0)))
	);
	const asked = page.waitForRequest(endpoint('/now'));
	// Later than what the server itself has.
	socket?.send(changed(1e9));
	await asked;
	release();
	await expect(page).toHaveURL(/\/models/);
	await expect(page.getByRole('heading', { level: 1, name: 'Models' })).toBeVisible();
});

// Tests that draw yesterday by hour need it to have usage, which a generated home lacks on some days of the week.
test('usage of yesterday that is written today is counted', async ({ page }) => {
	const DAY_MS = 24 * 60 * 60 * 1000;
	const responses = async () =>
		(await ask(page, '/stats', { range: 'yesterday' })).totals.responses;
	const before = await responses();
	appendResponse({ output_tokens: 300 }, new Date(Date.now() - DAY_MS));
	await expect.poll(responses).toBe(before + 1);
});

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

test('numbers are kept without network, and updated after it returns', async ({
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
	await expect(badge(page, /Connecting|Offline/)).toBeVisible();
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
	socket?.send(changed(2));
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

test('a pointer at rest holds only its chart, for a limited time', async ({ page }) => {
	await page.clock.install();
	let socket: WebSocketRoute | undefined;
	await routeSocket(page, (opened) => {
		socket = opened;
		opened.send(connected);
	});
	let version = 1;
	const used = () => usage(1000 * version, version);
	const now = () => ({ ...meta, data_version: version });
	await page.route(endpoint('/stats'), (route) =>
		route.fulfill({ json: { ...stats(used()), meta: now() } })
	);
	await page.route(endpoint('/stats/daily'), (route) =>
		route.fulfill({
			json: { ...dailyStats([{ date: '2026-01-30', models: { m: used() } }]), meta: now() }
		})
	);
	await openOverview(page);
	const tokens = page.getByRole('group', { name: 'Tokens' }).locator('data').first();
	const chart = page.getByRole('figure', { name: 'Cost per day by model' });
	await expect(tokens).toHaveText('1,000');
	await expect(chart).toContainText('$1.00');

	const plot = chart.getByRole('application');
	await plot.scrollIntoViewIfNeeded();
	await plot.hover();
	// The first movement may come before the end of scrolling, which lets go.
	await page.mouse.move(
		...(await plot.boundingBox().then((box): [number, number] => {
			if (!box) throw new Error('the chart is drawn');
			return [box.x + box.width / 2 + 3, box.y + box.height / 2];
		}))
	);
	const held = page.getByText('Paused while you read this.');
	const waiting = held.locator('..');
	// A minute in which a line arrives every five seconds.
	for (let second = 5; second <= 60; second += 5) {
		version += 1;
		const answered = page.waitForResponse(endpoint('/stats/daily'));
		socket?.send(changed(version));
		await answered;
		await expect(tokens).toHaveAttribute('value', String(1000 * version));
		if (second === 5) {
			await expect(held).toBeVisible();
			await expect(waiting).toContainText('1 update waiting');
			await expect(chart).toContainText('$1.00');
			await expectAccessible(page);
		}
		await page.clock.fastForward(5000);
	}
	await expect(badge(page, 'Live')).toBeVisible();
	await expect(held).toHaveCount(0);
	await expect(chart).toContainText(`$${version}.00`);
});

test('a pause shows the number of waiting updates', async ({ page }) => {
	let socket: WebSocketRoute | undefined;
	await routeSocket(page, (opened) => {
		socket = opened;
		opened.send(connected);
	});
	await openOverview(page);
	await expect(badge(page, 'Live')).toBeVisible();
	await page.getByRole('button', { name: 'Pause updates' }).click();
	for (const version of [2, 3]) socket?.send(changed(version));
	await expect(page.getByRole('banner')).toContainText(/Paused\s*2 new/);
	await page.getByRole('button', { name: 'Resume updates' }).click();
	await expect(badge(page, 'Live')).toBeVisible();
	await expect(page.getByRole('banner')).not.toContainText('2 new');
});

test('another run of the server is read again, with an older database or the same version', async ({
	page
}) => {
	let run = { instance: 'a', version: 12, tokens: 9000 };
	let socket: WebSocketRoute | undefined;
	await routeSocket(page, (opened) => {
		socket = opened;
		opened.send(greeting(run.instance, run.version));
	});
	await page.route(endpoint('/stats'), (route) =>
		route.fulfill({
			json: { ...stats(usage(run.tokens, 1)), meta: { ...meta, data_version: run.version } }
		})
	);
	await openOverview(page);
	const tokens = page.getByRole('group', { name: 'Tokens' }).locator('data').first();
	await expect(tokens).toHaveText('9,000');
	for (const next of [
		{ instance: 'b', version: 5, tokens: 4000 },
		{ instance: 'c', version: 5, tokens: 3000 }
	]) {
		run = next;
		await socket?.close();
		await expect(tokens).toHaveText(`${next.tokens / 1000},000`);
		await expect(badge(page, 'Live')).toBeVisible();
	}
});

test('a missing home is reported when the server reports it, until it is back', async ({
	page
}) => {
	let socket: WebSocketRoute | undefined;
	await routeSocket(page, (opened) => {
		socket = opened;
		opened.send(connected);
		opened.send(message('health', { status: 'healthy', conditions: [] }));
	});
	let conditions = [] as ReturnType<typeof health>['conditions'];
	await page.route(endpoint('/health'), (route) => {
		const status = conditions.length > 0 ? 'degraded' : 'healthy';
		return route.fulfill({
			json: health({ status, conditions, problems: conditions.map((found) => found.message) })
		});
	});
	await openOverview(page);
	await expect(badge(page, 'Live')).toBeVisible();
	const banner = page.getByRole('main').getByRole('status').filter({ hasText: 'Claude home' });
	await expect(banner).toHaveCount(0);

	conditions = [
		{
			code: 'home_unreadable',
			severity: 'degraded',
			since: '2026-01-30T11:00:00Z',
			message: 'cannot read the Claude home `/home/u/.claude`; restore it'
		}
	];
	socket?.send(message('health', { status: 'degraded', conditions }));
	await expect(banner).toContainText('cannot read the Claude home');
	await expect(badge(page, 'Not up to date')).toBeVisible();
	await expectAccessible(page);
	await page.getByRole('link', { name: 'Sessions', exact: true }).click();
	await expect(banner).toBeVisible();

	conditions = [];
	socket?.send(message('health', { status: 'healthy', conditions }));
	await expect(banner).toHaveCount(0);
	await expect(badge(page, 'Live')).toBeVisible();
});
