import type { Page } from '@playwright/test';
import { ask, endpoint, expect, expectSettled, test } from './helpers';

/** Chooses the day that weeks begin on. */
async function chooseStart(page: Page, day: string) {
	await page.getByRole('button', { name: 'Appearance' }).click();
	const starts = page.getByRole('group', { name: 'Week starts on' });
	await starts.getByRole('radio', { name: day, exact: true }).check();
	await page.keyboard.press('Escape');
}

/** Returns the day of the week of a day, from 0 for Sunday on. */
const weekdayOf = (day: string) => new Date(`${day}T00:00:00Z`).getUTCDay();

test('weeks begin on the day that is chosen, on every page and after a reload', async ({
	page
}) => {
	await page.goto('/trends?range=90d&bucket=week');
	await expectSettled(page);
	const asked = page.waitForRequest(
		(request) =>
			endpoint('/stats/trends').test(request.url()) && request.url().includes('week_start=sunday')
	);
	await chooseStart(page, 'Sun');
	const answer = await (await (await asked).response())?.json();
	const starts: string[] = answer.buckets.slice(1);
	expect(starts.length).toBeGreaterThan(5);
	expect(starts.map(weekdayOf)).toEqual(starts.map(() => 0));

	// On another page, and after it was loaded again.
	await page.goto('/models?range=this-week');
	await expectSettled(page);
	const { meta } = await ask(page, '/stats', { range: 'this-week', week_start: 'sunday' });
	expect(weekdayOf(meta.from)).toBe(0);
	await page.getByRole('button', { name: /^Range:/ }).click();
	const panel = page.getByRole('dialog', { name: 'Range' });
	await expect(panel.getByRole('columnheader').first()).toHaveText('Sun');
	await expect(panel.getByLabel('From', { exact: true })).toHaveValue(meta.from);
	await page.keyboard.press('Escape');
	await page.getByRole('button', { name: 'Previous period' }).click();
	await expect(page).toHaveURL(/range=last-week/);
	await chooseStart(page, 'Mon');
	await page.getByRole('button', { name: /^Range:/ }).click();
	await expect(panel.getByRole('columnheader').first()).toHaveText('Mon');
	const before = await ask(page, '/stats', { range: 'last-week' });
	await expect(panel.getByLabel('From', { exact: true })).toHaveValue(before.meta.from);
});
