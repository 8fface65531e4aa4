import { expect, expectNoSidewaysScroll, open, PLACES, test, WALL } from './helpers';
import { amountsOutside, labelsOutside, plantAmounts } from './planted';

/** All widths that charts, tables and tiles have another form from. */
const WIDTHS = [1440, 1280, 1100, 768, 640, 412, 360, 320];

for (const place of [...PLACES, WALL]) {
	test(`${place.name}: no amount leaves its card and no label its chart, in both languages`, async ({
		page
	}) => {
		await plantAmounts(page);
		for (const locale of ['en', 'zh']) {
			await page.setViewportSize({ width: 1440, height: 900 });
			await page.addInitScript((name) => localStorage.setItem('ctm.locale', name), locale);
			await open(page, place);
			for (const width of WIDTHS) {
				await page.setViewportSize({ width, height: 900 });
				await expect.poll(() => amountsOutside(page), `${locale}, ${width} px`).toEqual([]);
				await expect.poll(() => labelsOutside(page), `${locale}, ${width} px`).toEqual([]);
				// Charts are drawn anew when they have their room.
				await expect(() => expectNoSidewaysScroll(page)).toPass();
			}
		}
	});
}

test('a name of a response is in one line, and a complete list ends with its last row', async ({
	page
}) => {
	await page.setViewportSize({ width: 1280, height: 900 });
	await page.goto('/responses?range=30d');
	const names = page.getByRole('table', { name: 'Responses' }).getByText(/^claude-/);
	await expect(names.first()).toBeVisible();
	const lines = await names.evaluateAll((all) =>
		all.map((name) => Math.round(name.clientHeight / parseFloat(getComputedStyle(name).lineHeight)))
	);
	expect(new Set(lines)).toEqual(new Set([1]));

	await page.goto('/projects?range=30d');
	const table = page.getByRole('table');
	await expect(table).toBeVisible();
	const room = await table.evaluate((found) => {
		const card = found.closest('.card') as HTMLElement;
		const inner =
			card.getBoundingClientRect().bottom - parseFloat(getComputedStyle(card).paddingBottom);
		return inner - found.getBoundingClientRect().bottom;
	});
	expect(room).toBeLessThan(8);
});
