import { expect, expectSettled, openOverview, test } from './helpers';

test('an amount that the mouse rests on shows its kinds of tokens, calls and certainty', async ({
	page
}) => {
	await openOverview(page);
	await expectSettled(page);
	const note = page.getByRole('tooltip');
	const amount = page.getByRole('group', { name: 'Cost (estimate)' }).locator('data').first();
	await amount.hover();
	for (const words of ['Cache read', 'Uncached input', 'Total input', 'Responses']) {
		await expect(note).toContainText(words);
	}
	await expect(note).toContainText(/\$[\d,]+\.\d{4,}/);
	await page.keyboard.press('Escape');
	await expect(note).toBeHidden();
});

test('rows that lead somewhere explain their amount to the mouse and to the focus', async ({
	page
}) => {
	await page.goto('/sessions?range=90d');
	await expectSettled(page);
	const note = page.getByRole('tooltip');
	const amount = page.getByRole('table').locator('tbody tr').nth(1).locator('data').last();
	const box = await amount.boundingBox();
	if (!box) throw new Error('the amount is not drawn');
	await page.mouse.move(box.x + box.width / 2, box.y + box.height / 2);
	await expect(note).toContainText('Total input');
	await page.mouse.move(2, 2);
	await expect(note).toBeHidden();

	const link = page.getByRole('table').locator('tbody tr').nth(1).getByRole('link').first();
	await page.getByRole('table').locator('tbody tr').nth(0).getByRole('link').first().focus();
	await page.keyboard.press('Tab');
	await expect(note).toContainText('Total input');
	await expect(page.locator(':focus')).toHaveAccessibleDescription(/Total input/);
	await expect(link).toBeVisible();
	await page.keyboard.press('Escape');
	await expect(note).toBeHidden();
});

test('nothing that is open above the page covers it on paper', async ({ page }) => {
	await openOverview(page);
	await expectSettled(page);
	const tile = page.getByRole('group', { name: 'Cost (estimate)' });
	const note = page.getByRole('tooltip');
	await tile.locator('data').first().hover();
	await expect(note).toBeVisible();
	await page.emulateMedia({ media: 'print' });
	await expect(note).toBeHidden();
	await expect(tile).toBeVisible();

	await page.emulateMedia({ media: 'screen' });
	await tile.getByRole('button').first().click();
	const explanation = page.getByRole('note').first();
	await expect(explanation).toBeVisible();
	await page.emulateMedia({ media: 'print' });
	await expect(explanation).toBeHidden();
});
