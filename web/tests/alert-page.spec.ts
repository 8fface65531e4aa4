/** The alerts of the server: rules, their tests, what they raised, channels, and notifications of the browser. */

import { answer, ask, expect, expectAccessible, test } from './helpers';

// One database holds the rules of all.
test.describe.configure({ mode: 'serial' });

test('a rule is added, raises a test in the language of the page, and is removed', async ({
	page
}) => {
	await page.goto('/alerts');
	const main = page.getByRole('main');
	await main.getByText('New rule').click();
	await page.getByLabel('Name', { exact: true }).fill('Spec of a limit');
	await page.getByLabel('Watches').selectOption('Used part of an official limit');
	await page.getByLabel('Percent').fill('85');
	await page.getByLabel('Quiet from').fill('22:00');
	await page.getByLabel('Quiet to').fill('07:00');
	await page.getByLabel('Cooldown (minutes)').fill('30');
	await page.getByRole('button', { name: 'Add', exact: true }).click();
	const rule = main.getByRole('listitem').filter({ hasText: 'Spec of a limit' });
	await expect(rule.first()).toContainText(
		'Used part of an official limit · from 85% on · quiet 22:00–07:00 · cooldown 30m'
	);
	await rule.getByRole('button', { name: /^Test/ }).click();
	const raised = main.getByRole('listitem').filter({ hasText: 'Test with made-up figures' });
	await expect(raised.first()).toContainText('Spec of a limit');
	const { items } = await ask(page, '/alerts', {});
	await expect(raised.first()).toContainText(items[0]?.en.title ?? '');
	await rule.getByRole('button', { name: /^Remove/ }).click();
	await expect(rule.getByRole('button')).toHaveCount(0);
	// What it raised stays.
	await expect(raised.first()).toContainText('Spec of a limit');
});

test('a suggested rule is added as it is, and an invalid one shows its problem', async ({
	page
}) => {
	await page.goto('/alerts');
	const main = page.getByRole('main');
	await main.getByText('Suggested rules').click();
	const suggested = main.getByRole('listitem').filter({ hasText: 'models without a price' });
	await suggested.getByRole('button', { name: /^Add/ }).click();
	await expect(suggested.getByRole('button', { name: /^Test/ })).toBeVisible();
	await main.getByText('New rule').click();
	await page.getByLabel('Name', { exact: true }).fill('models without a price');
	await page.getByRole('button', { name: 'Add', exact: true }).click();
	await expect(main).toContainText('which another');
	await suggested.getByRole('button', { name: /^Remove/ }).click();
	await expect(suggested.getByRole('button', { name: /^Test/ })).toHaveCount(0);
});

test('channels are listed, and a test shows what the receiver answered', async ({ page }) => {
	const items = ['phone', 'script'].map((name) => ({
		name,
		kind: name === 'phone' ? 'ntfy' : 'exec',
		language: 'en',
		problem: null
	}));
	await answer(page, '/alerts/channels', { items });
	await page.route('**/api/v1/alerts/channels/script/test', (route) =>
		route.fulfill({
			json: {
				channel: 'script',
				state: 'failed',
				attempts: 1,
				last_at: '2026-03-11T10:00:00.000Z',
				next_at: null,
				answer: 'the command exits with 3'
			}
		})
	);
	await page.goto('/alerts');
	const main = page.getByRole('main');
	const channel = (name: string) => main.getByRole('listitem').filter({ hasText: name });
	await expect(channel('phone')).toContainText('ntfy · English');
	await channel('script').getByRole('button', { name: /^Test/ }).click();
	await expect(channel('script').getByRole('status')).toHaveText(
		'script: not sent, 1 attempt (the command exits with 3)'
	);
	await expectAccessible(page);
	// The server has no such channel.
	await channel('phone').getByRole('button', { name: /^Test/ }).click();
	await expect(main.getByRole('alert')).toContainText('no channel has the name `phone`');
	await expect(channel('script').getByRole('status')).toHaveText('');
});

test('the browser shows what a rule raises once, also after a reload, and marks a test', async ({
	page,
	context
}) => {
	await context.grantPermissions(['notifications']);
	await page.addInitScript(() => {
		function show(title: string) {
			const shown = JSON.parse(sessionStorage.getItem('shown') ?? '[]');
			sessionStorage.setItem('shown', JSON.stringify([...shown, title]));
		}
		Object.assign(globalThis, { Notification: Object.assign(show, { permission: 'granted' }) });
	});
	const shown = () =>
		page.evaluate(() => JSON.parse(sessionStorage.getItem('shown') ?? '[]') as string[]);
	const looked = () => page.waitForFunction(() => localStorage.getItem('ctm.alerts-seen') !== null);
	await page.goto('/settings');
	await page.getByLabel(/or a rule raises an alert/).check();
	await looked();
	await page.goto('/alerts');
	const main = page.getByRole('main');
	await main.getByText('New rule').click();
	await page.getByLabel('Name', { exact: true }).fill('Spec of a notification');
	await page.getByLabel('Watches').selectOption('Summary of each day');
	await page.getByRole('button', { name: 'Add', exact: true }).click();
	const rule = main.getByRole('listitem').filter({ hasText: 'Spec of a notification' });
	await rule.getByRole('button', { name: /^Test/ }).click();
	await expect(rule.filter({ hasText: 'Test with made-up figures' }).first()).toBeVisible();
	const { items } = await ask(page, '/alerts', {});
	const raised = items.find(({ rule }) => rule === 'Spec of a notification');
	const title = `Test: ${raised?.en.title}`;
	await expect.poll(shown).toContain(title);
	const before = (await shown()).filter((of) => of === title).length;
	await page.reload();
	await rule.getByRole('button', { name: /^Test/ }).click();
	await expect
		.poll(async () => (await shown()).filter((of) => of === title).length)
		.toBe(before + 1);
	await rule.getByRole('button', { name: /^Remove/ }).click();
	await expect(rule.getByRole('button')).toHaveCount(0);
});
