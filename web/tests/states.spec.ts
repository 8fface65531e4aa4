import type { Page } from '@playwright/test';
import type { Problem } from '../src/lib/api/types';
import { health, stats, usage } from '../src/testing/answers';
import {
	answer,
	chooseRange,
	endpoint,
	expect,
	expectAccessible,
	expectNoSidewaysScroll,
	openOverview,
	test
} from './helpers';

const nothing = stats(usage(0, 0));

const busy: Problem = {
	type: 'about:blank',
	title: 'The database is busy',
	status: 503,
	detail: 'Another program holds a lock.',
	request_id: 'req-7f3a'
};

/** Checks what holds for the page in every state. */
async function expectSound(page: Page) {
	await expectNoSidewaysScroll(page);
	await expectAccessible(page);
}

/** Has every request to `path` fail until the function that is returned is called. */
async function failAtFirst(page: Page, path: Parameters<typeof endpoint>[0]) {
	const pattern = endpoint(path);
	await page.route(pattern, (route) =>
		route.fulfill({ status: busy.status, json: busy, contentType: 'application/problem+json' })
	);
	return () => page.unroute(pattern);
}

test('while nothing is known, there are placeholders', async ({ page }) => {
	let release = () => {};
	const released = new Promise<void>((resolve) => (release = resolve));
	await page.route(/\/api\/v1\/stats/, async (route) => {
		await released;
		await route.continue();
	});
	await page.goto('/');
	await expect(page.getByText('Loading')).toHaveCount(4);
	await expectSound(page);
	release();
	await expect(page.getByText('Loading')).toHaveCount(0);
});

test('a failed card tells why, spares the others, and can be tried again', async ({ page }) => {
	const recover = await failAtFirst(page, '/stats/models');
	await page.goto('/');
	const alert = page.getByRole('alert');
	await expect(alert).toContainText(busy.title);
	await expect(alert).toContainText('Another program holds a lock.');
	await expect(alert).toContainText('req-7f3a');
	await expect(page.getByRole('group', { name: 'Tokens' })).toBeVisible();
	await expect(page.getByRole('table', { name: 'Projects' })).toBeVisible();
	await expectSound(page);
	await recover();
	await alert.getByRole('button', { name: 'Try again' }).click();
	await expect(alert).toHaveCount(0);
	await expect(page.getByRole('table', { name: 'Models' })).toBeVisible();
});

test('a server that is away is named as such', async ({ page }) => {
	await page.route(/\/api\/v1\//, (route) => route.abort());
	await page.goto('/');
	await expect(page.getByRole('alert').first()).toContainText('The server cannot be reached');
	await expectSound(page);
});

test('old numbers stay when newer ones cannot be had', async ({ page }) => {
	await openOverview(page);
	const cost = page.getByRole('group', { name: /^Cost/ }).locator('data').first();
	const before = await cost.textContent();
	await failAtFirst(page, '/stats');
	await chooseRange(page, '7 days');
	await expect(page.getByRole('alert')).toContainText('The numbers below are older.');
	await expect(cost).toHaveText(before ?? '');
	await expectSound(page);
});

test('a range without use says so and offers all days', async ({ page }) => {
	await answer(page, '/stats', nothing);
	await answer(page, '/health', health());
	await page.goto('/?range=7d');
	await expect(page.getByText('No usage between Jan 1, 2026 and Jan 30, 2026')).toBeVisible();
	await expectSound(page);
	await page.unroute(endpoint('/stats'));
	await page.getByRole('link', { name: 'Show all days' }).click();
	await expect(page).toHaveURL(/range=all/);
	await expect(page.getByRole('group', { name: 'Tokens' })).toBeVisible();
});

test('no use at all names the folder that is watched', async ({ page }) => {
	await answer(page, '/stats', nothing);
	await answer(page, '/health', health());
	await page.goto('/?range=all');
	await expect(page.getByText('No usage yet')).toBeVisible();
	await expect(page.getByText('/home/u/.claude')).toBeVisible();
	await expectSound(page);
});

test('the first scan shows how far it is', async ({ page }) => {
	await answer(page, '/stats', nothing);
	const scan = { state: 'scanning', files_total: 340, bytes_total: 1000 } as const;
	await answer(page, '/health', health({ ingest: { ...scan, files_done: 85, bytes_done: 250 } }));
	await page.goto('/');
	await expect(page.getByText('85 of 340 files')).toBeVisible();
	await expectSound(page);
	await answer(page, '/health', health({ ingest: { ...scan, files_done: 170, bytes_done: 500 } }));
	await expect(page.getByText('170 of 340 files')).toBeVisible();
});

test('a scan that has found something shows it', async ({ page }) => {
	await answer(
		page,
		'/health',
		health({
			ingest: { state: 'scanning', files_total: 4, files_done: 1, bytes_total: 4, bytes_done: 1 }
		})
	);
	await openOverview(page);
	await expect(page.getByText('the numbers still grow')).toBeVisible();
	await expect(page.getByText('1 of 4 files')).toBeVisible();
});

for (const [exists, words] of [
	[false, 'Looked for /mnt/claude.'],
	[true, '/mnt/claude exists, but ctm may not read it.']
] as const) {
	test(`a folder that ${exists ? 'cannot be read' : 'is missing'} is named with what to do`, async ({
		page
	}) => {
		await answer(page, '/stats', nothing);
		await answer(
			page,
			'/health',
			health({ claude_dir: { path: '/mnt/claude', exists, readable: false } })
		);
		await page.goto('/');
		await expect(page.getByText(words)).toBeVisible();
		await expectSound(page);
	});
}

test('an unknown amount is a dash with a reason, never zero', async ({ page }) => {
	await answer(page, '/stats', stats(usage(1_234_567, null), { today: usage(5, null) }));
	await openOverview(page);
	const cost = page.getByRole('group', { name: /^Cost/ });
	await expect(cost).toContainText('–');
	await expect(cost).toContainText('No price is known for what was used.');
	await expect(cost).not.toContainText('$');
	await expect(page.getByRole('group', { name: /^Cache hit rate/ })).toContainText('–');
	await expectSound(page);
});

test('a page that does not exist leads back', async ({ page }) => {
	await page.goto('/no-such-page');
	await expect(page.getByRole('heading', { name: 'There is no such page' })).toBeAttached();
	await expectSound(page);
	await page.getByRole('link', { name: 'To the overview' }).click();
	await expect(page.getByRole('group', { name: 'Tokens' })).toBeVisible();
});
