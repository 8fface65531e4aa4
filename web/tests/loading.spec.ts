import type { Page, Route } from '@playwright/test';
import { expect, expectSettled, PLACES, test, WALL } from './helpers';
import { plantBusy } from './present';
import { shiftsOf, watchShifts } from './shifts';

/** Everything that a page asks the server for. */
const ANSWERS = /\/api\/v1\/(?!ws)/;

/** What may move until all is there: cumulative layout shift. */
const MOST_SHIFTS = 0.02;

/** From when on it is seen that something is loading, in milliseconds. */
const LATEST_MS = 200;

for (const width of [1280, 360]) {
	for (const place of [...PLACES, WALL].filter(({ name }) => name !== 'nothing')) {
		test(`${place.name}, ${width} wide: answers that come one by one, the last first, move nothing`, async ({
			page
		}) => {
			const path = await place.path(page);
			await plantBusy(page);
			const waiting: Route[] = [];
			let late = true;
			await page.route(ANSWERS, async (route) => {
				if (late) waiting.push(route);
				else await route.fallback();
			});
			await page.setViewportSize({ width, height: 800 });
			await watchShifts(page);
			await page.goto(path);
			const placeholders = page.locator('main .skeleton');
			await expect.poll(() => isAnnounced(page)).toBe(true);
			expect(await announced(page)).toBeLessThanOrEqual(LATEST_MS);

			await expect(async () => {
				for (const route of waiting.splice(0).reverse()) await release(page, route);
				await expect(placeholders).toHaveCount(0, { timeout: 250 });
			}).toPass({ intervals: [50] });
			// What no card waits for.
			late = false;
			await Promise.all(waiting.splice(0).map((route) => route.fallback()));
			await expectSettled(page);
			const { sum, moved } = await shiftsOf(page);
			expect(sum, moved.join('\n')).toBeLessThan(MOST_SHIFTS);
		});
	}
}

/** Lets an answer through, and waits until it is drawn. */
async function release(page: Page, route: Route) {
	const finished = page.waitForEvent(
		'requestfinished',
		(request) => request.url() === route.request().url()
	);
	await route.fallback();
	await finished;
	await page.evaluate(
		() => new Promise((done) => requestAnimationFrame(() => requestAnimationFrame(done)))
	);
}

/** Returns whether a placeholder is seen, or the line above a page of which nothing is known yet. */
async function isAnnounced(page: Page): Promise<boolean> {
	return page.evaluate(() => {
		const main = document.querySelector('main');
		if (!main) return false;
		const placeholders = [...main.querySelectorAll('.skeleton')];
		return (
			getComputedStyle(main, '::before').opacity === '1' ||
			placeholders.some((one) => one.checkVisibility({ visibilityProperty: true }))
		);
	});
}

/** Returns after how many milliseconds the first sign of loading appears. */
async function announced(page: Page): Promise<number> {
	return page.evaluate(() => {
		const delays = document.getAnimations().flatMap((animation) => {
			const { effect } = animation;
			const isSign =
				effect instanceof KeyframeEffect &&
				(effect.pseudoElement === '::before' || effect.target?.matches('.skeleton'));
			return isSign ? [effect.getTiming().delay ?? 0] : [];
		});
		return Math.min(...delays);
	});
}
