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

/** Heights of the window by its width. */
const SIZES = { 320: 700, 360: 900, 1280: 900, 2560: 1440 };
type Width = keyof typeof SIZES;

// A page is opened once, because opening takes the most time. Every pair of width, language and theme is checked at the
// usual widths, and the narrowest window that has to fit and a large screen in one. `look.spec.ts` checks the overview
// in all combinations, and `loading.spec.ts` opens each page at both usual widths.
const THEMES = [
	{ width: 1280, ofEnglish: 'light', ofChinese: 'dark' },
	{ width: 360, ofEnglish: 'dark', ofChinese: 'light' }
] as const;

for (const place of PLACES) {
	test(`${place.name}: fits and is accessible in every width, language and theme`, async ({
		page
	}) => {
		const resize = async (width: Width) => {
			await page.setViewportSize({ width, height: SIZES[width] });
			// The navigation of the former width is replaced.
			await expect(page.getByRole('navigation', { name: 'Pages' })).toHaveCount(1);
		};
		await page.setViewportSize({ width: 1280, height: SIZES[1280] });
		const response = await open(page, place);
		const policy = response?.headers()['content-security-policy'];
		expect(policy).toMatch(/^default-src 'self'; img-src 'self' data:;/);
		expect(policy).not.toMatch(/unsafe|script-src|style-src|\*/);
		for (const { width, ofEnglish, ofChinese } of THEMES) {
			await test.step(`${width} px`, async () => {
				await resize(width);
				await inEachLanguage(page, async (language) => {
					const isEnglish = language === 'English';
					await expectSettled(page);
					const lang = isEnglish ? 'en' : 'zh-Hans-CN';
					await expect(page.locator('html')).toHaveAttribute('lang', lang);
					await expectNoSidewaysScroll(page);
					await page.emulateMedia({ colorScheme: isEnglish ? ofEnglish : ofChinese });
					await expectAccessible(page);
				});
			});
		}
		for (const width of [320, 2560] as const) {
			await test.step(`${width} px`, async () => {
				await resize(width);
				await expectSettled(page);
				await expectNoSidewaysScroll(page);
				await expectAccessible(page, 'structure');
			});
		}
	});
}
