import { CONDITIONS } from './conditions';
import { expect, expectAccessible, expectNoSidewaysScroll, PLACES, speak, test } from './helpers';
import { labelsOutside } from './planted';

/** Pages of every kind: tiles, charts, tables, forms. */
const SHOWN = ['overview', 'models', 'session', 'blocks', 'by', 'settings'];

/** Every pair of width, theme and language. */
const LOOKS = [
	{ width: 1280, colorScheme: 'light', language: 'English' },
	{ width: 360, colorScheme: 'dark', language: '简体中文' },
	{ width: 1280, colorScheme: 'dark', language: '简体中文' },
	{ width: 360, colorScheme: 'light', language: 'English' }
] as const;

for (const [at, [name, reach]] of Object.entries(CONDITIONS).entries()) {
	for (const [index, place] of PLACES.filter(({ name }) => SHOWN.includes(name)).entries()) {
		const look = LOOKS[(at + index) % LOOKS.length] ?? LOOKS[0];
		test(`${name}: ${place.name} fits and is accessible`, async ({ page }, info) => {
			await page.setViewportSize({ width: look.width, height: 900 });
			await page.emulateMedia({ colorScheme: look.colorScheme });
			await reach(page, place);
			await speak(page, look.language);
			await expectNoSidewaysScroll(page);
			await expectAccessible(page);
			await expect.poll(() => labelsOutside(page)).toEqual([]);
			const path = info.outputPath('page.png');
			await page.screenshot({ path, fullPage: true });
			await info.attach('page', { path, contentType: 'image/png' });
		});
	}
}
