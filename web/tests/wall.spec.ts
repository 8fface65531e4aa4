import { expect, expectAccessible, expectNoSidewaysScroll, expectSettled, test } from './helpers';

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
