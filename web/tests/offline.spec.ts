import { expect, expectSettled, openOverview, test } from './helpers';

test.use({ serviceWorkers: 'allow' });

test('without a connection the page opens, says so, and fills once there is one', async ({
	page,
	context
}) => {
	await openOverview(page);
	await page.evaluate(() => navigator.serviceWorker.ready);
	await context.setOffline(true);
	await page.goto('/sessions');
	const alert = page.getByRole('alert').filter({ hasText: 'No connection to ctm' });
	await expect(alert).toContainText('ctm serve');
	await expect(page.getByRole('heading', { level: 1 })).toHaveText('Sessions');
	await context.setOffline(false);
	await expect(page.getByRole('table').getByRole('link').first()).toBeVisible();
	await expect(alert).toHaveCount(0);
});

test('the cache of the page contains no answer of the server', async ({ page }) => {
	await openOverview(page);
	await page.evaluate(() => navigator.serviceWorker.ready);
	await page.goto('/sessions');
	await expectSettled(page);
	const paths = await page.evaluate(async () => {
		const names = await caches.keys();
		const entries = await Promise.all(names.map(async (name) => (await caches.open(name)).keys()));
		return entries.flat().map(({ url }) => new URL(url).pathname);
	});
	expect(paths).toContain('/');
	expect(paths.filter((path) => path.startsWith('/api/') || path === '/sessions')).toEqual([]);
});
