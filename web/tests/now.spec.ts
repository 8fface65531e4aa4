import type { Page } from '@playwright/test';
import type { Now } from '../src/lib/api/types';
import {
	answer,
	ask,
	cellsUnder,
	endpoint,
	expect,
	expectAccessible,
	expectNoSidewaysScroll,
	expectSettled,
	speak,
	test
} from './helpers';
import { plantBusy, promptCache } from './present';
import { task } from './task';

// One database holds the targets of all.
test.describe.configure({ mode: 'default' });

/** Returns a function that has the 5-hour limit used to a part, in percent; `null` where none is known. */
async function limiting(page: Page): Promise<(used: number | null) => void> {
	let used: number | null = null;
	const at = (minutes: number) => new Date(Date.now() + minutes * 60_000).toISOString();
	// Asked once: a request of a page that is left has no response.
	const now: Now = await ask(page, '/now', {});
	await page.route(endpoint('/now'), async (route) => {
		const five_hour = {
			used_percentage: used ?? 0,
			resets_at: at(61),
			sampled_at: at(-1),
			percent_per_h: 12,
			runs_out_at: at(21)
		};
		const limits = { source: null, five_hour, seven_day: null, others: [] };
		await route.fulfill({ json: { ...now, limits: used === null ? null : limits } });
	});
	return (next) => (used = next);
}

test('a limit warns in words, in the title and by the icon', async ({ page }) => {
	const strip = page.getByRole('group', { name: 'Now' });
	const limit = await limiting(page);
	const check = async (used: number | null, title: RegExp, icon: RegExp, words: string | null) => {
		limit(used);
		await page.goto('/');
		await expectSettled(page);
		await expect(page).toHaveTitle(title);
		await expect(page.locator('link[rel="icon"]')).toHaveAttribute('href', icon);
		await expect(strip.getByText(/or more used/)).toHaveText(words === null ? [] : [words]);
		// The estimated window is there only where the official one is unknown.
		await expect(strip.getByText('Current 5-hour window')).toHaveCount(used === null ? 1 : 0);
	};
	await check(79, /^Overview/, /\/favicon\.svg$/, null);
	await check(80, /^\(80%\) Overview/, /\/favicon-high\.svg$/, '80% or more used');
	await expect(strip.getByRole('meter', { name: '5 hours' })).toHaveAttribute(
		'aria-valuetext',
		/80\.0%.*runs out at \d\d:\d\d, 40m before the reset/
	);
	await check(95, /^\(95%\) Overview/, /\/favicon-critical\.svg$/, '95% or more used');
	await check(97, /^\(97%\) Overview/, /\/favicon-critical\.svg$/, '95% or more used');
	await expectAccessible(page);
	await check(null, /^Overview/, /\/favicon\.svg$/, null);
});

test('a limit that becomes critical is notified of once, where the person wants that', async ({
	page
}) => {
	await page.clock.install();
	await page.addInitScript(() => {
		const titles: string[] = [];
		const Shown = function (title: string) {
			titles.push(title);
		};
		Object.assign(Shown, { permission: 'granted' });
		Object.assign(globalThis, { Notification: Shown, titles });
	});
	const titles = () =>
		page.evaluate(() => (globalThis as unknown as { titles: string[] }).titles.splice(0));
	const limit = await limiting(page);
	limit(79);
	await page.goto('/settings');
	await page.getByRole('checkbox', { name: /^Notify me/ }).check();
	await page.getByRole('button', { name: 'Send a test' }).click();
	expect(await titles()).toEqual(['Test notification']);
	await expectAccessible(page);

	for (const [used, reported] of [
		[96, ['5 hours: 96.0%']],
		[97, []]
	] as const) {
		limit(used);
		const answered = page.waitForResponse(endpoint('/now'));
		await page.clock.fastForward(61_000);
		await answered;
		await expect(page).toHaveTitle(new RegExp(`^\\(${used}%\\)`));
		expect(await titles()).toEqual(reported);
	}
});

test('prompt caches show when they expire, what that costs, how often they were missed and why', async ({
	page
}) => {
	const limits = await ask(page, '/limits', {});
	const caches = [promptCache(0, 42, 3), promptCache(1, -1, 1), promptCache(2, null, 0)];
	const causes = [
		{ cause: 'ttl_expired_5m', misses: 3 },
		{ cause: 'tools_changed', misses: 1 }
	];
	await answer(page, '/limits', {
		...limits,
		caches,
		cache_misses: { misses: 5, unexplained: 1, causes }
	});
	await page.goto('/blocks');
	await expectSettled(page);
	const card = page.locator('.card', {
		has: page.getByRole('heading', { name: /^(Prompt caches|提示缓存)/ })
	});
	await expect(card).toContainText(
		'5 cache misses in the last 30 days: Not used for 5 minutes 3×, Tools changed 1×, unknown 1×.'
	);
	const table = card.getByRole('table');
	await expect(await cellsUnder(table, 'Cache')).toHaveText([/expires in 4[12]m/, 'expired', '–']);
	await expect(await cellsUnder(table, 'Cost once expired')).toHaveText(['$1.23', '$1.23', '–']);
	await expect(await cellsUnder(table, 'Misses')).toHaveText(['3', '1', '0']);
	await expect(await cellsUnder(table, 'Last miss')).toHaveText([
		/ago: Not used for 5 minutes, Tools changed/,
		/ago: Not used for 5 minutes, Tools changed/,
		''
	]);
	await expect(await cellsUnder(table, 'Causes')).toHaveText([
		'Not used for 5 minutes 3×, Tools changed 1×',
		'Not used for 5 minutes 1×, Tools changed 1×',
		''
	]);
	await expectAccessible(page);
	await page.setViewportSize({ width: 360, height: 800 });
	await expectNoSidewaysScroll(page);
	await expect(card.getByText(/expires in 4[12]m/)).toBeVisible();
	await speak(page, '简体中文');
	await expect(card.getByText(/4[12]\s*分钟.*后过期/)).toBeVisible();
	await expect(card).toContainText(
		'最近 30 天有 5 次缓存未命中：5 分钟未使用 3×、工具已更改 1×、未知 1×。'
	);
	await expectNoSidewaysScroll(page);
	await expectAccessible(page);
});

test('the strip shows active sessions with model and pace, today by hour, and the month', async ({
	page
}) => {
	await plantBusy(page);
	await page.goto('/');
	await expectSettled(page);
	const strip = page.getByRole('group', { name: 'Now' });
	await expect(strip.getByRole('heading', { name: /^Active sessions/ })).toContainText('$1.25/min');
	const sessions = strip.getByRole('listitem').filter({ hasText: 'a-rather-long-name' });
	await expect(sessions).toHaveText(
		[0, 1, 2].map((at) => new RegExp(`${at}.*Opus 5.5.*\\$0.25/min`))
	);
	await expect(sessions.first().getByRole('link')).toHaveAttribute('href', /\/sessions\/5e551011/);
	await expect(strip.getByRole('link', { name: '2 more' })).toBeVisible();
	await expect(strip.getByRole('application', { name: /^Today: / })).toBeVisible();
	await expect(strip.getByRole('meter', { name: 'This month' })).toHaveAttribute(
		'aria-valuetext',
		/of \$0\.001.* over budget/
	);
});

test('exceeded budgets are in words beside the limits, in the title, the badge and on the wall', async ({
	page
}) => {
	await plantBusy(page);
	await page.goto('/');
	await expectSettled(page);
	const passed = /Per 5-hour window: \$[\d.]+ over budget.*Per day:.*Per week:/;
	await expect(page.getByRole('group', { name: 'Now' })).toContainText(passed);
	await expect(page).toHaveTitle(/^\(97%\) Overview · Per 5-hour window: .* over budget/);
	const badge = page.getByRole('banner').getByRole('status').first();
	await expect(badge).toHaveAttribute('title', /Per month: .* over budget/);
	await page.goto('/wall');
	await expectSettled(page);
	await expect(page.getByRole('main')).toContainText(/Per day: .* over budget/);
});

test('the wall shows each limit until when it lasts, and else the estimated window', async ({
	page
}) => {
	await plantBusy(page);
	await page.goto('/wall');
	await expectSettled(page);
	const meter = (name: string) => page.getByRole('meter', { name, exact: true });
	await expect(meter('5 hours')).toHaveAttribute(
		'aria-valuetext',
		/83%\. 80% or more used\. Resets .* runs out at .* before the reset/
	);
	await expect(meter('7 days of Opus')).toHaveCount(1);
	await expect(meter('Current 5-hour window')).toHaveCount(0);
	await plantBusy(page, false);
	await page.reload();
	await expectSettled(page);
	await expect(meter('Current 5-hour window')).toHaveAttribute(
		'aria-valuetext',
		/left\. .* so far \(estimate\) · on pace for \$7\.50 by .* over budget/
	);
});

test.describe('kept targets', () => {
	// A test that fails leaves none to others.
	test.afterEach(async ({ request }) => {
		const data = { block: null, day: null, week: null, month: null };
		const headers = { 'sec-fetch-site': 'same-origin' };
		expect((await request.patch('/api/v1/targets', { data, headers })).ok()).toBe(true);
	});

	test('a budget that is set in one tab is in another', async ({ page, context }) => {
		await page.addInitScript(() => localStorage.setItem('ctm.targets', '{"month":900000}'));
		await page.goto('/settings');
		await expectSettled(page);
		const other = await context.newPage();
		// This month may be without usage so far.
		await other.goto('/?range=all');
		await expectSettled(other);
		await expect(other.getByText('No monthly budget.')).toBeVisible();

		// What this browser had before is offered, and then gone from it.
		await page.getByRole('button', { name: 'Use them' }).click();
		await expect(page.getByLabel('Per month')).toHaveValue('900000');
		await expect(page.getByRole('button', { name: 'Use them' })).toHaveCount(0);
		expect(await page.evaluate(() => localStorage.getItem('ctm.targets'))).toBeNull();
		await expect(other.getByRole('meter', { name: 'This month' })).toBeVisible();
		// Near the start of a month the pace is close to nothing, later far above what is used.
		await expect(other.getByText(/of \$900,000\.00 · .*pace/).first()).toBeVisible();

		await page.getByLabel('Per month').fill('0');
		await page.getByLabel('Per month').press('Tab');
		await expect(page.getByLabel('Per month')).toHaveValue('');
		await expect(other.getByText('No monthly budget.')).toBeVisible();
	});
});

task('a monthly budget', async (page, mouse) => {
	// The server keeps its targets: other tests measure pages meanwhile.
	await page.route(endpoint('/targets'), async (route) => {
		if (route.request().method() === 'GET') return route.fallback();
		await route.fulfill({ json: { block: null, day: null, week: null, month: 800_000 } });
	});
	await mouse.click(page.getByRole('link', { name: 'Set a budget' }).first());
	const field = page.getByLabel('Per month');
	await mouse.click(field);
	await field.fill('800000');
	const sent = page.waitForRequest((request) => request.method() === 'PATCH');
	await field.press('Tab');
	expect((await sent).postDataJSON()).toEqual({ month: 800_000 });
	await expect(field).toHaveValue('800000');
});
