import { readFileSync } from 'node:fs';
import { fileURLToPath } from 'node:url';
import { gzipSync } from 'node:zlib';
import { svelte, vitePreprocess } from '@sveltejs/vite-plugin-svelte';
import type { Locator, Page } from '@playwright/test';
import { build } from 'vite';
import { expect, expectAccessible, expectNoSidewaysScroll, test } from '../helpers';
import { STATES, type State } from './data';

/** How long a download may take to begin, in milliseconds. */
const DOWNLOAD_MS = 30_000;

/** What a page may load of charts. */
const OVERVIEW_KB = 18;

interface Shown {
	state?: State;
	theme?: 'light' | 'dark';
	lang?: 'en' | 'zh';
	only?: string;
}

async function open(page: Page, shown: Shown = {}) {
	await page.goto(`/?${new URLSearchParams({ ...shown })}`);
	await expect(page.getByRole('heading', { level: 1 })).toBeVisible();
}

const chart = (page: Page) => page.getByRole('application');
const spoken = (page: Page) => chart(page).locator('[aria-live]');
const chosen = (page: Page) => page.locator('output');

/** Returns a place within a chart, from 0 to 1 in both directions. */
async function placeIn(target: Locator, across: number, down: number) {
	const box = await target.boundingBox();
	if (!box) throw new Error('the chart is not on the page');
	return { x: box.x + box.width * across, y: box.y + box.height * down };
}

/** Adds to the last day and returns how long whatever that moves will do so, in milliseconds. */
function durationsOfGrowth(page: Page): Promise<unknown[]> {
	return page.getByRole('button', { name: 'Add' }).evaluate(async (button) => {
		(button as HTMLButtonElement).click();
		await new Promise(requestAnimationFrame);
		return document.getAnimations().flatMap(({ effect }) => {
			const frames = effect instanceof KeyframeEffect ? effect.getKeyframes() : [];
			return frames.some(({ transform }) => transform) ? [effect?.getTiming().duration] : [];
		});
	});
}

for (const width of [1280, 360]) {
	for (const theme of ['light', 'dark'] as const) {
		test.describe(`${width} wide, ${theme}`, () => {
			test.use({ viewport: { width, height: 900 } });

			for (const state of STATES) {
				test(`fits and is accessible: ${state}`, async ({ page }) => {
					await open(page, { state, theme, lang: theme === 'light' ? 'en' : 'zh' });
					await expectNoSidewaysScroll(page);
					await expectAccessible(page);
				});
			}

			test('pictures', { tag: '@screenshots' }, async ({ page }) => {
				for (const lang of ['en', 'zh'] as const) {
					await open(page, { state: 'month', theme, lang });
					const path = `test-results/charts-${width}-${theme}-${lang}.png`;
					await page.screenshot({ path, fullPage: true });
				}
			});
		});
	}
}

for (const width of [320, 560, 800, 2560]) {
	test(`fits a window ${width} wide`, async ({ page }) => {
		await page.setViewportSize({ width, height: 900 });
		await open(page, { state: 'year' });
		await expectNoSidewaysScroll(page);
	});
}

test('nothing moves when the data comes, whatever the width', async ({ page }) => {
	for (const width of [360, 700, 1280]) {
		await page.setViewportSize({ width, height: 900 });
		await open(page, { state: 'loading' });
		const heights = () =>
			page
				.locator('figure')
				.evaluateAll((figures) => figures.map((figure) => figure.getBoundingClientRect().height));
		const before = await heights();
		await page.getByLabel('State').selectOption('month');
		await expect(page.locator('figure[aria-busy=true]')).toHaveCount(0);
		expect(await heights()).toEqual(before);
	}
});

test('on paper there are charts and no controls, in light colours', async ({ page }) => {
	await open(page, { state: 'month', theme: 'dark' });
	await page.emulateMedia({ media: 'print' });
	await expect(page.getByRole('button', { name: /^Save as a picture/ }).first()).toBeHidden();
	await page.setViewportSize({ width: 700, height: 900 });
	await expectNoSidewaysScroll(page);
	const ground = await page.evaluate(() => getComputedStyle(document.documentElement).colorScheme);
	expect(ground).toBe('light');
});

test('a chart follows the width of its window', async ({ page }) => {
	await open(page, { state: 'month', only: 'bars' });
	const width = () => chart(page).locator('svg').first().getAttribute('width').then(Number);
	const wide = await width();
	await page.setViewportSize({ width: 500, height: 900 });
	await expect.poll(width).toBeLessThan(wide);
});

test('keys read the chart and open what they read', async ({ page }) => {
	await open(page, { state: 'month', only: 'bars' });
	await page.getByRole('button', { name: 'Save as a picture' }).focus();
	await page.keyboard.press('Tab');
	await expect(chart(page)).toBeFocused();
	await page.keyboard.press('Home');
	await expect(spoken(page)).toHaveText(/^Sat, Oct 24: \$0.62; claude-sonnet-4-5 \$0.28/);
	await page.keyboard.press('PageUp');
	await expect(spoken(page)).toHaveText(/^Sat, Oct 31/);
	await page.keyboard.press('Enter');
	await expect(chosen(page)).toHaveText('bar 2026-10-31 all');
	await page.keyboard.press('Escape');
	await expect(spoken(page)).toHaveText('');
});

test('a pointer reads the chart and opens the part that it is on', async ({ page }) => {
	await open(page, { state: 'month', only: 'bars' });
	const { x, y } = await placeIn(chart(page), 0.985, 0.8);
	await page.mouse.move(x, y);
	await expect(chart(page)).toContainText('Sun, Nov 22');
	await page.mouse.click(x, y);
	await expect(chosen(page)).toHaveText('bar 2026-11-22 claude-opus-4-5');
	await page.mouse.move(0, 0);
	await expect(chart(page)).not.toContainText('Sun, Nov 22');
});

test('pointing at a name lets the other series step back', async ({ page }) => {
	await open(page, { state: 'month', only: 'bars' });
	const faint = () =>
		chart(page)
			.locator('path')
			.evaluateAll(
				(paths) => paths.filter((path) => getComputedStyle(path).opacity < '0.5').length
			);
	await page.getByRole('listitem').filter({ hasText: 'claude-haiku' }).first().hover();
	await expect.poll(faint).toBe(14);
	await page.mouse.move(0, 0);
	await expect.poll(faint).toBe(0);
});

test.describe('with fingers', () => {
	test.use({ hasTouch: true, viewport: { width: 360, height: 740 } });

	test('a chart is read first and opened second', async ({ page }) => {
		await open(page, { state: 'month', only: 'bars' });
		const { x, y } = await placeIn(chart(page), 0.5, 0.8);
		await page.touchscreen.tap(x, y);
		await expect(chart(page)).toContainText('Fri, Nov 6');
		await expect(chosen(page)).toHaveText('');
		await page.touchscreen.tap(x, y);
		await expect(chosen(page)).toHaveText(/^bar 2026-11-06/);
	});
});

test('the last bar grows, unless reduced motion is preferred', async ({ page }) => {
	await open(page, { state: 'month', only: 'bars' });
	expect(await durationsOfGrowth(page)).toEqual([300]);
	await page.emulateMedia({ reducedMotion: 'reduce' });
	await open(page, { state: 'month', only: 'bars' });
	expect(await durationsOfGrowth(page)).toEqual([]);
});

test('every chart is saved as a picture under the content security policy', async ({
	page,
	context
}) => {
	await open(page, { state: 'month' });
	const count = await page.getByRole('figure').count();
	expect(count).toBeGreaterThan(9);
	for (let at = 0; at < count; at += 1) {
		// Chromium drops the eleventh download of a page within a second, without an error.
		const own = await context.newPage();
		await open(own, { state: 'month' });
		await expectPicture(own, own.getByRole('figure').nth(at));
		await own.close();
	}
});

/** Checks that the button of `figure` saves a PNG twice as wide as the figure with its margin. */
async function expectPicture(page: Page, figure: Locator) {
	const download = page.waitForEvent('download', { timeout: DOWNLOAD_MS });
	await figure.getByRole('button', { name: /^Save as a picture/ }).click();
	const file = readFileSync(await (await download).path());
	const width = Number(await figure.locator('.chart svg').first().getAttribute('width'));
	// The width is in the header of a PNG.
	expect(file.readUInt32BE(16)).toBe(2 * (width + 48));
	expect(file.length).toBeGreaterThan(2000);
}

test.describe('the timeline', () => {
	const start = (page: Page) => chart(page).locator('svg > text').filter({ hasText: ':' }).first();

	test('is zoomed with the wheel, dragged, and shown whole again', async ({ page }) => {
		await open(page, { state: 'year', only: 'timeline' });
		const { x, y } = await placeIn(chart(page), 0.6, 0.4);
		const first = await start(page).textContent();
		await page.mouse.move(x, y);
		await page.keyboard.down('Control');
		for (let turn = 0; turn < 6; turn += 1) await page.mouse.wheel(0, -100);
		await page.keyboard.up('Control');
		await expect(start(page)).not.toHaveText(first ?? '');

		const zoomed = await start(page).textContent();
		await page.mouse.down();
		await page.mouse.move(x + 300, y, { steps: 5 });
		await page.mouse.up();
		await expect(start(page)).not.toHaveText(zoomed ?? '');
		await expect(chosen(page), 'the end of a drag chooses nothing').toHaveText('');

		await page.getByRole('button', { name: 'Show all' }).click();
		await expect(start(page)).toHaveText(first ?? '');
	});

	test('leaves the wheel alone to the page', async ({ page }) => {
		await page.setViewportSize({ width: 1280, height: 300 });
		await open(page, { state: 'year', only: 'timeline' });
		const { x, y } = await placeIn(chart(page), 0.5, 0.2);
		await page.mouse.move(x, y);
		await page.mouse.wheel(0, 80);
		await expect.poll(() => page.evaluate(() => scrollY)).toBeGreaterThan(0);
		await expect(page.getByRole('button', { name: 'Zoom out' })).toBeDisabled();
	});

	test('is dragged with a finger', async ({ page }) => {
		await page.setViewportSize({ width: 360, height: 740 });
		await open(page, { state: 'year', only: 'timeline' });
		const first = await start(page).textContent();
		const { x, y } = await placeIn(chart(page), 0.9, 0.4);
		const client = await page.context().newCDPSession(page);
		const touch = (type: 'touchStart' | 'touchMove' | 'touchEnd', by: number) =>
			client.send('Input.dispatchTouchEvent', {
				type,
				touchPoints: type === 'touchEnd' ? [] : [{ x: x - by, y }]
			});
		await touch('touchStart', 0);
		for (let by = 20; by <= 200; by += 20) await touch('touchMove', by);
		await touch('touchEnd', 200);
		await expect(start(page)).not.toHaveText(first ?? '');
		await expect(chosen(page)).toHaveText('');
	});

	test('brings what keys lead to into sight', async ({ page }) => {
		await open(page, { state: 'year', only: 'timeline' });
		await chart(page).focus();
		for (const key of ['Home', '+', '+', '+', '+', '+', 'End']) await page.keyboard.press(key);
		await expect(spoken(page)).not.toHaveText('');
		const seen = await chart(page).locator('.seen').getAttribute('x');
		expect(Number(seen)).toBeGreaterThan(900);
	});
});

test('the charts of the overview are small', async () => {
	const path = (name: string) => fileURLToPath(new URL(name, import.meta.url));
	const result = await build({
		configFile: false,
		logLevel: 'error',
		plugins: [
			svelte({
				configFile: false,
				preprocess: [vitePreprocess()],
				compilerOptions: { runes: true }
			})
		],
		resolve: { alias: { $lib: path('../../src/lib') } },
		build: {
			write: false,
			minify: true,
			lib: { entry: path('overview.ts'), formats: ['es'] },
			// What the page loads anyway.
			rolldownOptions: { external: [/^svelte/, /paraglide/, /lib\/(ui|state|format)/] }
		}
	});
	const outputs = Array.isArray(result) ? result : 'output' in result ? [result] : [];
	const chunks = outputs.flatMap(({ output }) => output).filter(({ type }) => type === 'chunk');
	// Code that is imported on demand, such as pictures, is not loaded with the page.
	const wanted = new Set(chunks.flatMap((chunk) => ('imports' in chunk ? chunk.imports : [])));
	const code = chunks
		.filter((chunk) => 'isEntry' in chunk && (chunk.isEntry || wanted.has(chunk.fileName)))
		.map((chunk) => ('code' in chunk ? chunk.code : ''))
		.join('');
	const kb = gzipSync(code).length / 1000;
	console.log(`chart code of the overview: ${kb.toFixed(1)} kB of ${OVERVIEW_KB} kB`);
	expect(code.length).toBeGreaterThan(1000);
	expect(kb).toBeLessThan(OVERVIEW_KB);
});
