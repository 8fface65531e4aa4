import {
	answer,
	ask,
	expect,
	expectAccessible,
	expectNoSidewaysScroll,
	expectSettled,
	openOverview,
	test
} from './helpers';
import { task } from './task';

// One database holds the notes and views of all.
test.describe.configure({ mode: 'default' });

const TEXT = 'switched to <b>Opus</b> & back';

test('a note is added on the chart, and is on that of another page', async ({ page, context }) => {
	const other = await context.newPage();
	await other.goto('/trends?range=30d');
	await openOverview(page, '?range=30d');
	await expectSettled(other);

	const chart = page.getByRole('application', { name: /^Cost per day/ });
	await chart.focus();
	await page.keyboard.press('End');
	await page.keyboard.press('ArrowLeft');
	await page.keyboard.press('n');
	const dialog = page.getByRole('dialog', { name: 'Notes' });
	await dialog.getByRole('textbox', { name: 'Note' }).fill(TEXT);
	const day = await dialog.getByLabel('Day').inputValue();
	await expectAccessible(page);
	await page.keyboard.press('Enter');
	const listed = dialog.getByRole('list', { name: 'Notes' });
	await expect(listed).toContainText(TEXT);
	const { items } = await ask(page, '/notes', {});
	expect(items.map(({ date, text }) => [date, text])).toEqual([[day, TEXT]]);

	await expect(other.getByRole('button', { name: 'Notes (1)' })).toBeVisible();
	await other.getByRole('application', { name: /^Cost/ }).first().focus();
	await other.keyboard.press('End');
	await other.keyboard.press('ArrowLeft');
	await expect(other.locator('.tooltip')).toContainText(TEXT);
	await other.keyboard.press('t');
	await expect(other.getByRole('cell', { name: TEXT })).toBeVisible();

	await dialog.getByRole('button', { name: /^Edit the note on/ }).click();
	await dialog.getByRole('textbox', { name: 'Note' }).fill('changed');
	await dialog.getByRole('button', { name: 'Save' }).click();
	await expect(other.getByRole('cell', { name: 'changed' })).toBeVisible();
	await dialog.getByRole('button', { name: /^Remove the note on/ }).click();
	await expect(dialog.getByText('Removed: changed')).toBeVisible();
	await expect(other.getByRole('button', { name: 'Notes', exact: true })).toBeVisible();
});

test('a view is saved, found in the palette and opened, and Back leads from it', async ({
	page
}) => {
	await page.goto('/trends?range=90d&bucket=week');
	await expectSettled(page);
	await page.getByRole('button', { name: 'Saved views' }).click();
	const menu = page.getByRole('dialog', { name: 'Saved views' });
	await menu.getByRole('textbox', { name: 'Name of the view' }).fill('Weeks of the quarter');
	await menu.getByRole('button', { name: 'Save this view' }).click();
	await expect(menu.getByRole('link', { name: 'Weeks of the quarter' })).toBeVisible();
	await expectAccessible(page);
	await page.keyboard.press('Escape');

	await page.goto('/models?range=7d');
	await expectSettled(page);
	await page.keyboard.press('/');
	const palette = page.getByRole('dialog', { name: 'Search and commands' });
	await expect(palette.getByRole('option', { name: 'Weeks of the quarter' })).toBeVisible();
	await page.keyboard.type('quarter');
	await expect(palette.getByRole('option')).toHaveCount(2);
	await page.keyboard.press('Enter');
	await expect(page).toHaveURL(/\/trends\?range=90d&bucket=week$/);
	await page.goBack();
	await expect(page).toHaveURL(/\/models\?range=7d$/);

	await page.setViewportSize({ width: 360, height: 740 });
	await page.getByRole('button', { name: /days/ }).first().click();
	const sheet = page.getByRole('dialog', { name: 'Filter' });
	await sheet.getByRole('button', { name: 'Saved views' }).click();
	await expectNoSidewaysScroll(page);
	await sheet.getByRole('button', { name: 'Remove Weeks of the quarter' }).click();
	await expect(sheet.getByText('No saved views')).toBeVisible();
	expect((await ask(page, '/views', {})).items).toEqual([]);
});

task('a note of what happened today', async (page, mouse) => {
	await mouse.click(page.getByRole('button', { name: 'Notes', exact: true }));
	const dialog = page.getByRole('dialog', { name: 'Notes' });
	await dialog.getByRole('textbox', { name: 'Note' }).fill('moved to a new machine');
	await mouse.click(dialog.getByRole('button', { name: 'Add note' }));
	await expect(dialog.getByRole('list', { name: 'Notes' })).toContainText('moved to a new machine');
	await dialog.getByRole('button', { name: /^Remove the note on/ }).click();
	await expect(dialog.getByText('Removed: moved to a new machine')).toBeVisible();
	expect((await ask(page, '/notes', {})).items).toEqual([]);
});

task('a view to come back to', async (page, mouse) => {
	await mouse.click(page.getByRole('button', { name: 'Saved views' }));
	const menu = page.getByRole('dialog', { name: 'Saved views' });
	await menu.getByRole('textbox', { name: 'Name of the view' }).fill('Month at a glance');
	await mouse.click(menu.getByRole('button', { name: 'Save this view' }));
	await expect(menu.getByRole('link', { name: 'Month at a glance' })).toBeVisible();
	await menu.getByRole('button', { name: 'Remove Month at a glance' }).click();
	await expect(menu.getByText('No saved views')).toBeVisible();
	expect((await ask(page, '/views', {})).items).toEqual([]);
});

test('markers are drawn above their days, read with them, and can be left out', async ({
	page
}) => {
	const { days } = await ask(page, '/stats/daily', { range: '7d' });
	const [first, second] = [days.at(-3)?.date ?? '', days.at(-2)?.date ?? ''];
	const price = { input: 5, output: 25, cache_read: 0.5, cache_write_5m: 6.25, cache_write_1h: 10 };
	const change = { from: null, until: null, source: 'x' };
	const { meta } = await ask(page, '/stats', { range: '7d' });
	await answer(page, '/markers', {
		from: meta.from,
		to: meta.to,
		tz: meta.tz,
		notes: [],
		markers: [
			{
				date: first,
				kind: 'price',
				names: ['Opus 4.5'],
				more: 0,
				price: { before: { ...price, ...change }, after: { ...price, ...change, input: 4 } }
			},
			{ date: second, kind: 'version', names: ['2.1.300'], more: 0, price: null }
		]
	});
	for (const path of ['/?range=7d', '/trends?range=7d']) {
		await page.goto(path);
		await expectSettled(page);
		const chart = page.getByRole('application', { name: /^Cost per day/ }).first();
		await expect(chart.locator('path[d$="l4,4l-4,4l-4,-4z"]'), path).toHaveCount(2);
		await chart.focus();
		await page.keyboard.press('End');
		await page.keyboard.press('ArrowLeft');
		const tooltip = page.locator('.tooltip');
		await expect(tooltip).toContainText('First use of Claude Code 2.1.300');
		await page.keyboard.press('ArrowLeft');
		await expect(tooltip).toContainText(
			'Price of Opus 4.5: Uncached input $5.00 → $4.00 per million tokens'
		);
	}
	await page.getByRole('button', { name: 'Notes', exact: true }).click();
	const dialog = page.getByRole('dialog', { name: 'Notes' });
	await expect(dialog.getByRole('list', { name: 'Changes' })).toContainText('Price of Opus 4.5');
	await dialog.getByRole('checkbox').uncheck();
	await page.keyboard.press('Escape');
	await expect(page.locator('path[d$="l4,4l-4,4l-4,-4z"]')).toHaveCount(0);
	await page.goto('/?range=7d');
	await expectSettled(page);
	await expect(page.locator('path[d$="l4,4l-4,4l-4,-4z"]')).toHaveCount(0);
});
