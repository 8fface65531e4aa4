import {
	expect,
	expectAccessible,
	expectNoSidewaysScroll,
	expectSettled,
	open,
	PLACES,
	speak,
	test
} from './helpers';

// Each page is opened once and then checked in every way; opening it takes the most time.
for (const width of [1280, 360]) {
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
				for (const language of ['English', '简体中文'] as const) {
					await speak(page, language);
					await expectSettled(page);
					await expect(page.locator('html')).toHaveAttribute(
						'lang',
						language === 'English' ? 'en' : 'zh-Hans-CN'
					);
					await expectNoSidewaysScroll(page);
					for (const colorScheme of ['light', 'dark'] as const) {
						await test.step(`${language}, ${colorScheme}`, async () => {
							await page.emulateMedia({ colorScheme });
							await expectAccessible(page);
						});
					}
				}
			});
		}
	});
}
