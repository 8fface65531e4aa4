import {
	expectAccessible,
	expectNoSidewaysScroll,
	expect,
	openOverview,
	speak,
	test
} from './helpers';
import { shiftsOf, watchShifts } from './shifts';

for (const width of [1280, 360]) {
	for (const colorScheme of ['light', 'dark'] as const) {
		for (const language of ['English', '简体中文'] as const) {
			test.describe(`${width} wide, ${colorScheme}, ${language}`, () => {
				test.use({ viewport: { width, height: 900 }, colorScheme });

				test('fits and is accessible', async ({ page }) => {
					await openOverview(page);
					await speak(page, language);
					await expect(page.locator('html')).toHaveAttribute(
						'lang',
						language === 'English' ? 'en' : /^zh/
					);
					await expectNoSidewaysScroll(page);
					await expectAccessible(page);
					await page
						.getByRole('radio', { name: /^(Table|表格)$/ })
						.first()
						.check();
					await expectNoSidewaysScroll(page);
					await expectAccessible(page);
				});
			});
		}
	}
}

for (const width of [1280, 360]) {
	test.describe(`${width} wide`, () => {
		test.use({ viewport: { width, height: 800 } });

		test('nothing moves when the numbers come', async ({ page }) => {
			await watchShifts(page);
			await openOverview(page);
			await expect(page.getByText('Live', { exact: true })).toBeVisible();
			const { sum, moved } = await shiftsOf(page);
			expect(sum, moved.join('\n')).toBeLessThan(0.02);
		});
	});
}

test.describe('320 wide', () => {
	test.use({ viewport: { width: 320, height: 640 } });

	test('fits', async ({ page }) => {
		await openOverview(page);
		await expectNoSidewaysScroll(page);
	});
});
