import { expect, expectNoSidewaysScroll, open, PLACES, test, WALL } from './helpers';
import { amountsOutside, plantAmounts } from './planted';

/** All widths that charts, tables and tiles have another form from. */
const WIDTHS = [1440, 1280, 1100, 768, 640, 412, 360, 320];

for (const place of [...PLACES, WALL]) {
	test(`${place.name}: no amount leaves its card, in both languages`, async ({ page }) => {
		await plantAmounts(page);
		for (const locale of ['en', 'zh']) {
			await page.setViewportSize({ width: 1440, height: 900 });
			await page.addInitScript((name) => localStorage.setItem('ctm.locale', name), locale);
			await open(page, place);
			for (const width of WIDTHS) {
				await page.setViewportSize({ width, height: 900 });
				await expect.poll(() => amountsOutside(page), `${locale}, ${width} px`).toEqual([]);
				// Charts are drawn anew when they have their room.
				await expect(() => expectNoSidewaysScroll(page)).toPass();
			}
		}
	});
}
