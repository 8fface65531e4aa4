import {
	expect,
	expectAccessible,
	expectNoSidewaysScroll,
	expectSettled,
	inEachLanguage,
	open,
	PLACES,
	test
} from './helpers';

// Each page is opened once for a width, because opening takes the most time, and shown in both languages and themes:
// every pair of width, language and theme is checked. The overview is checked in all combinations, in look.spec.ts.
for (const width of [1280, 360]) {
	const [ofEnglish, ofChinese] =
		width === 1280 ? (['light', 'dark'] as const) : (['dark', 'light'] as const);
	test.describe(`${width} wide`, () => {
		test.use({ viewport: { width, height: 900 } });

		for (const place of PLACES) {
			test(`${place.name}: in both languages and themes, fits and is accessible`, async ({
				page
			}) => {
				const response = await open(page, place);
				const policy = response?.headers()['content-security-policy'];
				expect(policy).toMatch(/^default-src 'self'; img-src 'self' data:;/);
				expect(policy).not.toMatch(/unsafe|script-src|style-src|\*/);
				await inEachLanguage(page, async (language) => {
					const isEnglish = language === 'English';
					await expectSettled(page);
					await expect(page.locator('html')).toHaveAttribute(
						'lang',
						isEnglish ? 'en' : 'zh-Hans-CN'
					);
					await expectNoSidewaysScroll(page);
					await page.emulateMedia({ colorScheme: isEnglish ? ofEnglish : ofChinese });
					await expectAccessible(page);
				});
			});
		}
	});
}

// The narrowest window that has to fit, and one of a large screen.
for (const place of PLACES) {
	test(`${place.name}: fits 320 and 2560 px, and is accessible there`, async ({ page }) => {
		await page.setViewportSize({ width: 320, height: 700 });
		await open(page, place);
		for (const width of [320, 2560]) {
			await test.step(`${width} px`, async () => {
				await page.setViewportSize({ width, height: width === 320 ? 700 : 1440 });
				// The navigation of the former width is replaced.
				await expect(page.getByRole('navigation', { name: 'Pages' })).toHaveCount(1);
				await expectSettled(page);
				await expectNoSidewaysScroll(page);
				await expectAccessible(page);
			});
		}
	});
}
