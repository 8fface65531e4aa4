import { open, PLACES, speak, test, expectSettled } from './helpers';
for (const width of [1280, 360])
	for (const place of PLACES)
		test(`${place.name} ${width}`, async ({ page }) => {
			await page.setViewportSize({ width, height: 900 });
			await open(page, place);
			for (const [lang, scheme] of [
				['English', 'light'],
				['简体中文', 'dark']
			] as const) {
				await speak(page, lang);
				await page.emulateMedia({ colorScheme: scheme });
				await expectSettled(page);
				await page.waitForTimeout(400);
				await page.screenshot({
					path: `/tmp/w/pics/${place.name}-${width}-${scheme}.png`,
					fullPage: place.name !== 'explanation'
				});
			}
		});
