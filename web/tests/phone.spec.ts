import {
	expect,
	expectNoSidewaysScroll,
	expectSettled,
	inEachLanguage,
	open,
	PLACES,
	test
} from './helpers';
import { plantBusy } from './present';
import type { Page } from '@playwright/test';

// Each page is opened once and then shown at several widths and on paper, because opening takes the most time.

test.use({ viewport: { width: 360, height: 740 }, hasTouch: true });

/** The largest height before the first control for more, in pixels. */
const MOST_PX = 4000;

/** The width of A4 within its margins, as Chromium lays it out, in pixels. */
const PAPER_PX = 937;

for (const place of PLACES) {
	test(`${place.name}: short and touchable on a phone, a table from 640 px on, whole on paper`, async ({
		page
	}) => {
		await plantBusy(page);
		await open(page, place);
		await inEachLanguage(page, async () => {
			await expectSettled(page);
			for (const width of [320, 360, 480]) {
				await page.setViewportSize({ width, height: 740 });
				await expect.poll(() => heightBeforeMore(page), `${width} px`).toBeLessThanOrEqual(MOST_PX);
				expect(await smallTargets(page)).toEqual([]);
				await expect(page.getByRole('main').getByRole('table')).toHaveCount(0);
				await expectNoSidewaysScroll(page);
			}
		});
		for (const width of [640, 1024, 1280]) {
			await test.step(`${width} px`, async () => {
				await page.setViewportSize({ width, height: 900 });
				await expect(page.getByRole('navigation', { name: 'Pages' })).toHaveCount(1);
				await expectNoSidewaysScroll(page);
				await expect.poll(() => tooWide(page)).toEqual([]);
			});
		}
		await test.step('paper', async () => {
			await page.emulateMedia({ media: 'print' });
			expect(await onPaper(page, PAPER_PX)).toEqual({ overlaps: [], wide: [], controls: [] });
		});
	});
}

test('a row of a phone opens, and its period has arrows', async ({ page }) => {
	// 30 days can be a whole month, whose neighbour is called by its name; 7 days are no week of the calendar.
	await page.goto('/models?range=7d');
	const row = page.getByRole('list', { name: 'Models' }).getByRole('listitem').first();
	const more = row.getByRole('button', { name: /^More figures/ });
	await expect(more).toHaveAttribute('aria-expanded', 'false');
	await more.tap();
	await expect(row.getByRole('term').filter({ hasText: 'Cache read' })).toBeVisible();
	await expect(page).toHaveURL(/\/models/);
	await page.getByRole('button', { name: 'Previous period' }).tap();
	await expect(page).toHaveURL(/from=.*&to=/);
});

test('a gap between windows has nothing to open', async ({ page }) => {
	await page.goto('/blocks?range=30d');
	const rows = page.getByRole('list', { name: 'Windows and gaps' }).getByRole('listitem');
	const gaps = rows.filter({ hasText: 'Idle for' });
	await expect(gaps.first()).toBeVisible();
	await expect(gaps.getByRole('button')).toHaveCount(0);
	const windows = rows.filter({ hasNotText: 'Idle for' });
	await expect(windows.first().getByRole('button', { name: /^More figures/ })).toBeVisible();
});

/** Returns how far below the top of the page the first control for more is, or its end. */
async function heightBeforeMore(page: Page): Promise<number> {
	return page.evaluate(() => {
		const controls = [...document.querySelectorAll<HTMLElement>('main .more :is(a, button)')];
		const tops = controls.map((control) => control.getBoundingClientRect().top + scrollY);
		return Math.round(Math.min(document.documentElement.scrollHeight, ...tops));
	});
}

/** Returns what can be touched and is smaller than 44 pixels, with what is pressed around it. */
async function smallTargets(page: Page): Promise<string[]> {
	return page.evaluate(() => {
		const LEAST_PX = 44;
		const sizeOf = (element: Element): [number, number] => {
			// The label of a control takes what is pressed for it; so does what is drawn around a link.
			const { width, height } = (element.closest('label') ?? element).getBoundingClientRect();
			const around = ['::before', '::after']
				.map((part) => getComputedStyle(element, part))
				.filter(({ content, position }) => content !== 'none' && position === 'absolute');
			return [
				Math.max(width, ...around.map((style) => parseFloat(style.width))),
				Math.max(height, ...around.map((style) => parseFloat(style.height)))
			];
		};
		return [...document.querySelectorAll('a, button, select, input, summary')]
			.filter((element) => element.checkVisibility() && !element.matches('.skip, :disabled'))
			.map((element) => ({ element, size: sizeOf(element) }))
			.filter(({ size }) => size.some((length) => length < LEAST_PX - 0.5))
			.map(({ element, size }) => `${element.outerHTML.slice(0, 120)} ${size.join(' x ')}`);
	});
}

/** Returns the tables that are wider than their room. */
async function tooWide(page: Page): Promise<string[]> {
	return page.evaluate(() =>
		[...document.querySelectorAll('main table')]
			.filter((table) => table.clientWidth > (table.parentElement?.clientWidth ?? 0) + 1)
			.map((table) => table.querySelector('caption')?.textContent ?? '')
	);
}

/**
 * Returns what is wrong with the page on paper that is `width` pixels wide. Nothing runs between
 * that width and the reading, as nothing does when a page is printed.
 */
async function onPaper(page: Page, width: number) {
	return page.evaluate((width) => {
		const main = document.querySelector('main') as HTMLElement;
		main.style.width = `${width}px`;
		const cards = [...main.querySelectorAll('.card')];
		const nameOf = (element: Element) => element.querySelector('h2, caption')?.textContent ?? '';
		const meets = (one: DOMRect, other: DOMRect) =>
			Math.min(one.right, other.right) - Math.max(one.left, other.left) > 1 &&
			Math.min(one.bottom, other.bottom) - Math.max(one.top, other.top) > 1;
		const overlaps = cards.flatMap((card, index) =>
			cards
				.slice(index + 1)
				.filter((other) => !card.contains(other))
				.filter((other) => meets(card.getBoundingClientRect(), other.getBoundingClientRect()))
				.map((other) => `${nameOf(card)}, ${nameOf(other)}`)
		);
		const wide = [...main.querySelectorAll('table')]
			.filter((table) => {
				const right = table.closest('.card')?.getBoundingClientRect().right ?? width;
				return table.getBoundingClientRect().right > right;
			})
			.map(nameOf);
		const controls = [...document.querySelectorAll('nav, input[type="search"], .icon-button')]
			.filter((element) => element.checkVisibility())
			.map((element) => element.outerHTML.slice(0, 120));
		main.style.width = '';
		return { overlaps, wide, controls };
	}, width);
}
