import {
	expect,
	expectAccessible,
	expectNoSidewaysScroll,
	expectSettled,
	openOverview,
	speak,
	test
} from './helpers';

for (const [width, height, colorScheme] of [
	[1920, 1080, 'light'],
	[1080, 1920, 'dark']
] as const) {
	test(`the wall fits on ${width} × ${height}, without controls, and Esc leaves it`, async ({
		page
	}) => {
		await page.setViewportSize({ width, height });
		await page.emulateMedia({ colorScheme });
		await page.goto('/wall');
		await expectSettled(page);
		await expect(page.locator('.figure data')).toHaveCount(2);
		await expect(page.getByRole('navigation')).toHaveCount(0);
		await expect(page.getByRole('button')).toHaveCount(0);
		await expectNoSidewaysScroll(page);
		const overhang = await page.evaluate(() => document.documentElement.scrollHeight - innerHeight);
		expect(overhang).toBe(0);
		await expectAccessible(page);
		await page.keyboard.press('Escape');
		await expect(page.getByRole('heading', { level: 1 })).toHaveText('Overview');
	});
}

test('the wall is in Chinese where the page is, and fits', async ({ page }) => {
	await page.setViewportSize({ width: 1920, height: 1080 });
	await openOverview(page);
	await speak(page, '简体中文');
	await page.goto('/wall');
	await expectSettled(page);
	await expect(page.locator('html')).toHaveAttribute('lang', 'zh-Hans-CN');
	await expect(page.locator('.figure data')).toHaveCount(2);
	const headings = await page.getByRole('heading').allTextContents();
	expect(headings.length).toBeGreaterThan(3);
	for (const heading of headings) expect(heading).toMatch(/\p{Script=Han}/u);
	// Names, amounts and keys are the same in every language.
	await expect(page.getByRole('main')).not.toContainText(/\b(today|month|hours|sessions|left)\b/i);
	await expectNoSidewaysScroll(page);
	const overhang = await page.evaluate(() => document.documentElement.scrollHeight - innerHeight);
	expect(overhang).toBe(0);
	await expectAccessible(page);
});
