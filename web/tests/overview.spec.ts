import type { Page } from '@playwright/test';
import type { Range } from '../src/lib/api/types';
import { ask, chooseRange, expect, openOverview, speak, test } from './helpers';

/** Returns the numbers of a tile: the first is that of the range, the second today's. */
function tile(page: Page, name: string | RegExp) {
	return page.getByRole('group', { name }).locator('data');
}

/** Checks that what is shown for `range` is what the server answers. */
async function expectServerNumbers(page: Page, range: Range) {
	// The server may count on meanwhile: both sides are asked again until they agree.
	await expect(async () => {
		const { totals, today } = await ask(page, '/stats', { range, compare: 'previous' });
		const shown: [RegExp | string, number | null, number | null][] = [
			[/^Cost/, totals.cost_usd, today.cost_usd],
			['Tokens', totals.total_tokens, today.total_tokens],
			['Sessions', totals.sessions, today.sessions],
			['Responses', totals.responses, today.responses],
			[/^Cache hit rate/, totals.cache_hit_rate, today.cache_hit_rate]
		];
		for (const [name, ...values] of shown) {
			const known = values.filter((value) => value !== null).map(String);
			const numbers = await tile(page, name).evaluateAll((found) =>
				found.map((element) => (element as HTMLDataElement).value)
			);
			expect(numbers.slice(0, known.length), String(name)).toEqual(known);
		}

		const { items } = await ask(page, '/stats/models', { range });
		for (const { label, total_tokens, cost_usd, input_tokens } of items) {
			const row = page
				.getByRole('table', { name: 'Models' })
				.getByRole('row')
				.filter({ has: page.locator(`data[value="${total_tokens}"]`) });
			await expect(row.first()).toContainText(label);
			await expect(row.first()).toContainText(input_tokens.toLocaleString('en'));
			if (cost_usd !== null) {
				await expect(row.locator(`data[value="${cost_usd}"]`).first()).toBeVisible();
			}
		}

		const projects = await ask(page, '/stats/projects', { range, limit: 50 });
		const rows = page.getByRole('table', { name: 'Projects' }).getByRole('row');
		await expect(rows).toHaveCount(1 + Math.min(8, projects.items.length));
		for (const { label, total_tokens } of projects.items.slice(0, 8)) {
			const row = rows.filter({ has: page.locator(`data[value="${total_tokens}"]`) });
			await expect(row.first()).toContainText(label);
		}
	}).toPass({ timeout: 10_000 });
}

test('the numbers are those of the server, in every range', async ({ page }) => {
	await openOverview(page);
	await expectServerNumbers(page, '30d');
	for (const [name, range] of [
		['7 days', '7d'],
		['90 days', '90d'],
		['All', 'all']
	] as const) {
		await chooseRange(page, name);
		await expect(page).toHaveURL(new RegExp(`range=${range}`));
		await expectServerNumbers(page, range);
	}
});

test('the range is in the address, Back works, and the choice is kept', async ({ page }) => {
	await openOverview(page);
	const current = page.getByRole('button', { name: /^Range:/ });
	await expect(current).toHaveAccessibleName('Range: 30 days');
	await expect(page).toHaveURL(/\?range=30d$/);
	await chooseRange(page, 'All');
	await expect(current).toHaveAccessibleName('Range: All');
	await expect(page).toHaveURL(/\?range=all$/);
	await page.goBack();
	await expect(current).toHaveAccessibleName('Range: 30 days');
	await openOverview(page);
	await expect(current).toHaveAccessibleName('Range: All');
	await openOverview(page, '?range=90d');
	await expect(current).toHaveAccessibleName('Range: 90 days');
});

test('the cost says what it is, in both languages', async ({ page }) => {
	await openOverview(page);
	const explained = 'Estimate at API list prices. It is not your subscription bill.';
	const note = page.getByRole('note').first();
	await expect(note).toBeHidden();
	await page.getByRole('button', { name: 'About the cost' }).first().click();
	await expect(note).toBeVisible();
	await expect(note).toHaveText(explained);
	await page.keyboard.press('Escape');
	await expect(page.locator('footer')).toContainText(explained);

	await speak(page, '简体中文');
	await expect(page.locator('footer')).toContainText('按 API 标价估算,不是您的订阅账单。');
	await expect(page.getByRole('heading', { level: 1 })).toHaveText('概览');
	await expect(page.locator('html')).toHaveAttribute('lang', 'zh-Hans-CN');
	await page.reload();
	await expect(page.getByRole('heading', { level: 1 })).toHaveText('概览');
});

test.describe('in a browser that prefers Chinese', () => {
	test.use({ locale: 'zh-CN' });

	test('the page speaks Chinese', async ({ page }) => {
		await page.goto('/');
		await expect(page.getByRole('heading', { level: 1 })).toHaveText('概览');
	});
});

test('the theme is kept', async ({ page }) => {
	await openOverview(page);
	const ground = () => page.evaluate(() => getComputedStyle(document.body).backgroundColor);
	const light = await ground();
	await page.getByRole('button', { name: 'Look' }).click();
	await page.getByRole('radio', { name: 'Dark' }).check();
	const dark = await ground();
	expect(dark).not.toBe(light);
	await page.reload();
	expect(await ground()).toBe(dark);
});

test('keys move through the days of the chart', async ({ page }) => {
	await openOverview(page, '?range=7d');
	const { days } = await ask(page, '/stats/daily', { range: '7d', breakdown: 'model' });
	const chart = page.getByRole('application');
	const spoken = chart.locator('[aria-live]');
	const day = (index: number) =>
		new Date(days[index]?.date ?? '').toLocaleDateString('en', {
			weekday: 'short',
			month: 'short',
			day: 'numeric',
			timeZone: 'UTC'
		});
	await chart.focus();
	await page.keyboard.press('Home');
	await expect(spoken).toHaveText(new RegExp(`^${day(0)}: `));
	await page.keyboard.press('ArrowRight');
	await expect(spoken).toHaveText(new RegExp(`^${day(1)}: `));
	await page.keyboard.press('Escape');
	await expect(spoken).toHaveText('');
});

test('the chart is a table too', async ({ page }) => {
	await openOverview(page, '?range=7d');
	await page.getByRole('radio', { name: 'Tokens' }).check();
	await page.getByRole('radio', { name: 'Table' }).check();
	const { days } = await ask(page, '/stats/daily', { range: '7d', breakdown: 'model' });
	const rows = page.getByRole('table', { name: 'Tokens per day by model' }).getByRole('row');
	await expect(rows).toHaveCount(1 + days.length);
	for (const [index, day] of [...days].reverse().entries()) {
		await expect(rows.nth(index + 1)).toContainText(day.total_tokens.toLocaleString('en'));
	}
});
