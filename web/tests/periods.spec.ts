import type { Page } from '@playwright/test';
import type { TrendStats } from '../src/lib/api/types';
import { answerOf, ask, endpoint, expect, expectSettled, test } from './helpers';

/** The pages with charts over time; how a week is chosen where it can be. */
const PAGES: readonly [name: string, path: (page: Page) => Promise<string>, charts: number][] = [
	['overview', () => Promise.resolve('/'), 1],
	['models', () => Promise.resolve('/models'), 1],
	['cache', () => Promise.resolve('/cache'), 2],
	['trends', () => Promise.resolve('/trends'), 1],
	[
		'project',
		async (page) => {
			const { items } = await ask(page, '/stats/projects', { range: 'yesterday', limit: 1 });
			return `/projects/${encodeURIComponent(items[0]?.project ?? '')}`;
		},
		2
	]
];

/** Returns the charts of the page, without those of the present state. */
const figures = (page: Page) => page.locator('main figure');

for (const [name, pathOf, charts] of PAGES) {
	test(`${name}: a single day is drawn by hour`, async ({ page }) => {
		const { from } = (await ask(page, '/stats', { range: 'yesterday' })).meta;
		for (const range of ['range=yesterday', `from=${from}&to=${from}`]) {
			await page.goto(`${await pathOf(page)}?${range}`);
			await expectSettled(page);
			await page.keyboard.press('t');
			const byHour = page
				.getByRole('table')
				.filter({ has: page.getByRole('columnheader', { name: 'Hour', exact: true }) })
				// The hours of the week have a column a day, and those of today are of the present state.
				.filter({ hasNot: page.getByRole('columnheader', { name: /^(Mon|Today)$/ }) });
			await expect(byHour).toHaveCount(charts);
			for (const table of await byHour.all()) {
				await expect(table.locator('tbody tr')).toHaveCount(24);
			}
			await page.keyboard.press('t');
		}
	});

	test(`${name}: what is not complete is pale, and said to be`, async ({ page }) => {
		const path = await pathOf(page);
		// The present day is not over, and the first of 30 days is in the middle of a week.
		for (const query of [
			'range=30d',
			'range=30d&step=week&bucket=week',
			'range=30d&step=month&bucket=month'
		]) {
			await page.goto(`${path}?${query}`);
			await expectSettled(page);
			const pale = figures(page).filter({ has: page.locator('svg .pale:not([d=""])') });
			await expect.poll(() => pale.count(), query).toBeGreaterThanOrEqual(charts);
			// It is said once, however many charts there are.
			await expect(page.locator('main').getByText(/Pale( in charts)?: incomplete/)).toHaveCount(1);
		}
	});
}

test('a cut week is read as incomplete', async ({ page }) => {
	const { from, to } = (await ask(page, '/stats', { range: '30d' })).meta;
	// Thirty days may begin with a week.
	const middle = new Date(from);
	middle.setUTCDate(middle.getUTCDate() + ((10 - middle.getUTCDay()) % 7));
	expect(middle.getUTCDay()).toBe(3);
	await page.goto(`/?from=${middle.toISOString().slice(0, 10)}&to=${to}&step=week`);
	await expectSettled(page);
	const chart = page.getByRole('application', { name: 'Cost per week by model' });
	await chart.focus();
	await page.keyboard.press('Home');
	await expect(chart.locator('[aria-live]')).toContainText('Incomplete');
});

test('what is not complete is never the lowest', async ({ page }) => {
	await page.route(endpoint('/stats/trends'), async (route) => {
		const response = await answerOf(route);
		const trend = (await response.json()) as TrendStats;
		if (trend.metric === 'cache_hit_rate') {
			trend.totals = trend.totals.map((_, index) => (index === 3 ? 0.5 : 0.9));
			trend.totals.splice(-1, 1, 0.1);
			trend.partial = [trend.totals.length - 1];
		}
		await route.fulfill({ response, json: trend });
	});
	await page.goto('/cache?range=30d');
	await expectSettled(page);
	await expect(page.getByText(/Lowest on [^:]+: 50\.0%/)).toBeVisible();
});

test('what is not complete is not in the average', async ({ page }) => {
	const query = { range: '30d', bucket: 'week' } as const;
	const { totals, partial } = await ask(page, '/stats/trends', query);
	const complete = totals.filter((_, index) => !partial.includes(index));
	expect(complete.length).toBeLessThan(totals.length);
	const mean = (of: readonly (number | null)[]) =>
		of.reduce<number>((sum, one) => sum + (one ?? 0), 0) / of.length;
	expect(mean(complete)).not.toBeCloseTo(mean(totals), 4);
	await page.goto('/trends?range=30d&bucket=week');
	await expectSettled(page);
	await expect(page.getByText(/included in the total, but not in the average/)).toBeVisible();
	const average = page
		.getByRole('main')
		.locator('dl > div')
		.filter({ has: page.getByText('Average', { exact: true }) });
	const shown = await average.locator('data').getAttribute('value');
	expect(Number(shown)).toBeCloseTo(mean(complete), 6);
});

test('a scale of powers of ten is in the address, and says where zero is', async ({ page }) => {
	await page.goto('/trends?range=30d');
	await expectSettled(page);
	const values = () => page.locator('main figure').first().locator('svg .value').allTextContents();
	const linear = await values();
	await page.getByRole('radio', { name: 'Logarithmic' }).check();
	await expect(page).toHaveURL(/look=log/);
	await expect(page.getByText('Logarithmic scale: zero is at the bottom.')).toBeVisible();
	await expect.poll(values).not.toEqual(linear);
	expect((await values()).every((text) => /^\$(0\.0*10?|10*K?)$/.test(text))).toBe(true);
	await page.getByRole('radio', { name: 'Bars' }).check();
	await expect.poll(values).toEqual(linear);
});

test('a drag over days shows these days, and a drag over hours their sessions', async ({
	page
}) => {
	await page.goto('/?range=30d');
	await expectSettled(page);
	const { days } = await ask(page, '/stats/daily', { range: '30d' });
	const drag = async (name: string, from: number, to: number, of: number) => {
		const chart = page.getByRole('application', { name });
		await chart.scrollIntoViewIfNeeded();
		const axis = await chart.locator('line.zero').evaluate((line) => {
			const { left, width, top } = line.getBoundingClientRect();
			return { left, width, y: top - 20 };
		});
		const x = (index: number) => axis.left + (axis.width * (index + 0.5)) / of;
		await page.mouse.move(x(from), axis.y);
		await page.mouse.down();
		await page.mouse.move(x(to), axis.y, { steps: 4 });
		await expect(chart.locator('.cursor, .band').first()).toBeVisible();
		await page.mouse.up();
	};
	await drag('Cost per day by model', 20, 12, 30);
	await expect(page).toHaveURL(new RegExp(`/\\?from=${days[12]?.date}&to=${days[20]?.date}`));
	await page.goto('/?range=yesterday');
	await expectSettled(page);
	await drag('Cost per hour by model', 9, 11, 24);
	await expect(page).toHaveURL(/\/sessions\?.*since=.*T01%3A00.*&until=.*T04%3A00/);
});

test('a day that is typed into the palette is opened', async ({ page }) => {
	await page.goto('/cache?range=30d');
	await expectSettled(page);
	const [day] = (await ask(page, '/stats/daily', { range: '7d' })).days;
	await page.keyboard.press('/');
	await page
		.getByRole('dialog')
		.getByRole('combobox')
		.fill(day?.date ?? '');
	await page.keyboard.press('Enter');
	await expect(page).toHaveURL(new RegExp(`/cache\\?from=${day?.date}&to=${day?.date}`));
});
