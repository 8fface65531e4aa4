import {
	expectAccessible,
	expectNoSidewaysScroll,
	expect,
	openOverview,
	speak,
	test
} from './helpers';

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
			await page.addInitScript(() => {
				const shifts = { sum: 0 };
				Object.assign(globalThis, { shifts });
				new PerformanceObserver((list) => {
					for (const entry of list.getEntries()) shifts.sum += (entry as LayoutShift).value;
				}).observe({ type: 'layout-shift', buffered: true });
			});
			await openOverview(page);
			await expect(page.getByText('Live', { exact: true })).toBeVisible();
			const sum = await page.evaluate(() => (globalThis as unknown as Shifted).shifts.sum);
			expect(sum).toBeLessThan(0.02);
		});
	});
}

interface Shifted {
	shifts: { sum: number };
}

interface LayoutShift extends PerformanceEntry {
	value: number;
}

test.describe('320 wide', () => {
	test.use({ viewport: { width: 320, height: 640 } });

	test('fits', async ({ page }) => {
		await openOverview(page);
		await expectNoSidewaysScroll(page);
	});
});
