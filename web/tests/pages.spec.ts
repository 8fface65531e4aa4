import { expect, expectNoSidewaysScroll, test } from './helpers';

const PAGES = {
	'/': 'Overview',
	'/models': 'Models',
	'/projects': 'Projects',
	'/sessions': 'Sessions',
	'/blocks': 'Blocks',
	'/trends': 'Trends',
	'/cache': 'Cache',
	'/tools': 'Tools',
	'/history': 'History',
	'/audit': 'Audit',
	'/export': 'Export',
	'/settings': 'Settings'
};

for (const [path, title] of Object.entries(PAGES)) {
	test(`${title} opens, says what it is, and fits a phone`, async ({ page }) => {
		await page.setViewportSize({ width: 360, height: 800 });
		await page.goto(path);
		await expect(page).toHaveTitle(new RegExp(title));
		await expect(page.getByRole('main')).toBeVisible();
		await expectNoSidewaysScroll(page);
	});
}
