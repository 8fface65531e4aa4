import { ask, expect, expectSettled, openOverview, test } from './helpers';

test('ranges of the calendar are chosen by name, and lead to each other', async ({ page }) => {
	await page.goto('/models?range=this-month');
	await expect(page.getByRole('button', { name: 'Range: This month' })).toBeVisible();
	await page.getByRole('button', { name: 'Previous period' }).click();
	await expect(page).toHaveURL(/range=last-month/);
	await page.getByRole('button', { name: 'Next period' }).click();
	await expect(page).toHaveURL(/range=this-month/);
});

test('a single day is drawn by hour, and an hour leads to its sessions', async ({ page }) => {
	const { buckets, totals } = await ask(page, '/stats/trends', { range: '90d' });
	const used = totals.findIndex((value) => (value ?? 0) !== 0);
	const day = buckets[used] ?? '';
	await openOverview(page, `?from=${day}&to=${day}`);
	const chart = page.getByRole('application', { name: 'Cost per hour by model' });
	await chart.focus();
	await page.keyboard.press('End');
	await page.keyboard.press('Enter');
	await expect(page).toHaveURL(/\/sessions\?.*since=.*&until=/);
	await expect(page.getByRole('link', { name: 'Show the whole days' })).toBeVisible();
});

test('what is compared says what it was, and only there is a choice of it', async ({ page }) => {
	await page.goto('/models?range=30d');
	await expect(page.getByRole('columnheader', { name: /^Change/ })).toBeVisible();
	await page.getByRole('combobox', { name: 'Compare with' }).selectOption('No comparison');
	await expect(page.getByRole('columnheader', { name: /^Change/ })).toHaveCount(0);
	for (const path of ['/blocks', '/history', '/audit', '/export']) {
		await page.goto(`${path}?range=30d`);
		await expect(page.getByRole('button', { name: /^Range:/ })).toBeVisible();
		await expect(page.getByRole('combobox', { name: 'Compare with' })).toHaveCount(0);
	}
});

test('Back leads to the same rows and the same place', async ({ page }) => {
	await page.goto('/sessions?range=all&compare=none');
	const rows = page.getByRole('table', { name: 'Sessions' }).locator('tbody tr');
	await expectSettled(page);
	await page.getByRole('button', { name: 'Show more' }).scrollIntoViewIfNeeded();
	await expect(rows.nth(60)).toBeAttached();
	const row = rows.nth(60).getByRole('rowheader').getByRole('link');
	await row.scrollIntoViewIfNeeded();
	const top = await page.evaluate(() => scrollY);
	await row.click();
	await expect(page).toHaveURL(/\/sessions\/.+/);
	await page.goBack();
	await expect(rows.nth(60)).toBeInViewport();
	await expect.poll(() => page.evaluate(() => scrollY)).toBe(top);
});
