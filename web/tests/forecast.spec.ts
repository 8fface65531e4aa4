/** The forecast on the overview: its figures, its states, both languages, and a phone. */

import {
	answer,
	ask,
	cellsUnder,
	endpoint,
	expect,
	expectAccessible,
	expectNoSidewaysScroll,
	expectSettled,
	inEachLanguage,
	test
} from './helpers';

test('the forecast has the figures of the server, and explains itself', async ({ page }) => {
	const { items } = await ask(page, '/forecast', {});
	await page.goto('/');
	await expectSettled(page);
	const table = page.getByRole('table', { name: 'Forecast' });
	await expect(table.getByRole('row')).toHaveCount(items.length + 1);
	await expect(table.getByRole('rowheader').last()).toHaveText('This month');
	const [used, medians, intervals] = [
		await cellsUnder(table, 'So far'),
		await cellsUnder(table, 'At the end'),
		await cellsUnder(table, '4 of 5')
	];
	for (const [row, { cost }] of items.entries()) {
		const value = used.nth(row).locator('data');
		await expect(value).toHaveAttribute('value', String(cost.used_usd));
		// In the first hours of a month, hardly any earlier one had usage by then.
		if (cost.median_usd === null) {
			await expect(medians.nth(row)).toContainText('Not enough history');
			continue;
		}
		const median = medians.nth(row).locator('data');
		await expect(median).toHaveAttribute('value', String(cost.median_usd));
		await expect(intervals.nth(row)).toContainText(/\$.* to .*\$/);
	}
	await page.getByRole('button', { name: 'About: Forecast' }).click();
	await expect(page.getByText('at least 75% of the forecasts did')).toBeVisible();
	await expectAccessible(page);
});

test('a short history has no forecast, and says so', async ({ page }) => {
	const forecasts = await ask(page, '/forecast', {});
	const none = { low_usd: null, median_usd: null, high_usd: null };
	const items = forecasts.items.map((of) => ({ ...of, cost: { ...of.cost, ...none } }));
	await answer(page, '/forecast', { ...forecasts, items });
	await page.goto('/');
	await expectSettled(page);
	const table = page.getByRole('table', { name: 'Forecast' });
	await expect((await cellsUnder(table, 'At the end')).last()).toContainText('Not enough history');
	await expect(page.getByText('from fewer than nine comparable earlier periods')).toBeVisible();
});

test('a forecast that cannot be made has its problem in the card, and is asked for again', async ({
	page
}) => {
	await page.route(endpoint('/forecast'), (route) =>
		route.fulfill({
			status: 503,
			contentType: 'application/problem+json',
			json: { type: 'about:blank', title: 'Service Unavailable', status: 503, detail: 'locked' }
		})
	);
	await page.goto('/');
	await expect(page.getByText('locked')).toBeVisible();
	await page.unroute(endpoint('/forecast'));
	await page.getByRole('button', { name: 'Try again' }).click();
	await expect(page.getByRole('table', { name: 'Forecast' })).toBeVisible();
});

test('the forecast fits a phone in both languages', async ({ page }) => {
	await page.setViewportSize({ width: 360, height: 800 });
	await page.goto('/');
	await inEachLanguage(page, async (language) => {
		await expectSettled(page);
		const name = language === 'English' ? 'Forecast' : '预测';
		await expect(page.getByRole('heading', { name: new RegExp(`^${name}`) })).toBeVisible();
		await expectNoSidewaysScroll(page);
		await expectAccessible(page);
	});
});
