/** A task of a person, from the overview on, in at most three clicks. */

import type { Locator, Page } from '@playwright/test';
import { expect, expectSettled, openOverview, test } from './helpers';

/** The most clicks of a task. */
const MOST_CLICKS = 3;

/** The mouse of a person, with the number of its clicks. */
export class Mouse {
	clicks = 0;

	constructor(readonly page: Page) {}

	async click(target: Locator) {
		this.clicks += 1;
		await target.click();
	}

	/** Opens the palette, types, and chooses what was found: two clicks. */
	async find(text: string, option: RegExp) {
		await this.click(this.page.getByRole('button', { name: 'Search and commands' }));
		await this.page.getByRole('combobox', { name: 'Search and commands' }).fill(text);
		await this.click(this.page.getByRole('option', { name: option }));
	}

	/** Opens the choice of days, and chooses a range by its name: two clicks. */
	async choose(range: string) {
		await this.click(this.page.getByRole('button', { name: /^Range:/ }));
		await this.click(this.page.getByRole('link', { name: range, exact: true }));
	}

	/** Clicks the bar of `chart` that is read as `title`. */
	async clickBar(chart: Locator, title: string) {
		await chart.scrollIntoViewIfNeeded();
		const box = await chart.boundingBox();
		if (!box) throw new Error('the chart is drawn');
		const tooltip = chart.page().locator('.tooltip');
		for (let part = 0; part < 1; part += 1 / 96) {
			await this.page.mouse.move(box.x + box.width * part, box.y + box.height / 2);
			// The reading is drawn with the next frame.
			await this.page.evaluate(() => new Promise(requestAnimationFrame));
			if ((await tooltip.allTextContents()).some((text) => text.includes(title))) {
				this.clicks += 1;
				await this.page.mouse.down();
				await this.page.mouse.up();
				return;
			}
		}
		throw new Error(`no bar is read as ${title}`);
	}
}

/** Tests that `run` shows its answer with few clicks; a screenshot of it is attached to the result. */
export function task(name: string, run: (page: Page, mouse: Mouse) => Promise<void>) {
	test(name, async ({ page }, info) => {
		await openOverview(page);
		const mouse = new Mouse(page);
		await run(page, mouse);
		expect(mouse.clicks).toBeLessThanOrEqual(MOST_CLICKS);
		await expectSettled(page);
		const path = info.outputPath('answer.png');
		await page.screenshot({ path });
		await info.attach('answer', { path, contentType: 'image/png' });
	});
}
