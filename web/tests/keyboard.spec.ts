import type { Page } from '@playwright/test';
import { expect, expectSettled, open, openOverview, PLACES, test } from './helpers';

/** What takes part in a page without a pointer, as far as it can be seen. */
const REACHABLE =
	'a[href], button:not(:disabled), input:not(:disabled), select, summary, [tabindex="0"]';

/** More than any page has. */
const MOST = 400;

/** Returns what can be pressed or chosen, each with a mark to know it again. */
function controls(page: Page): Promise<string[]> {
	return page.evaluate((reachable) => {
		const marks: string[] = [];
		const groups = new Set<string>();
		// What is open above the page takes part alone.
		const place = document.querySelector('dialog[open]') ?? document;
		for (const element of place.querySelectorAll<HTMLElement>(reachable)) {
			if (!element.checkVisibility() || element.closest('[inert]')) continue;
			if (element instanceof HTMLInputElement && element.type === 'radio') {
				// Of radio buttons that belong together, one takes the focus, and arrows lead to the rest.
				if (groups.has(element.name)) continue;
				groups.add(element.name);
				element.dataset.mark = `radio ${element.name}`;
			} else {
				const name = element.getAttribute('aria-label') ?? element.textContent.trim();
				element.dataset.mark = `${marks.length} ${element.tagName} ${name.slice(0, 40)}`;
			}
			marks.push(element.dataset.mark);
		}
		return marks;
	}, REACHABLE);
}

/** Returns the mark of what has the focus, and whether it can be seen that it has. */
function focused(page: Page): Promise<{ mark: string; shown: boolean } | null> {
	return page.evaluate(() => {
		const element = document.activeElement;
		if (!(element instanceof HTMLElement) || element === document.body) return null;
		const mark =
			element instanceof HTMLInputElement && element.type === 'radio'
				? `radio ${element.name}`
				: (element.dataset.mark ?? '');
		const ringed = [element, element.closest('label'), element.closest('tr')].some(
			(ring) => ring && getComputedStyle(ring).outlineStyle !== 'none'
		);
		const { width, height } = element.getBoundingClientRect();
		return { mark, shown: ringed || width * height <= 1 };
	});
}

for (const place of PLACES) {
	test(`${place.name}: Tab reaches everything, and shows where it is`, async ({ page }) => {
		await open(page, place);
		const all = await controls(page);
		const reached = new Set<string>();
		const unseen: string[] = [];
		// A dialog has the focus within from the start.
		let now = await focused(page);
		let before = '';
		for (let step = 0; step < MOST; step++) {
			if (now) {
				// A field for a date keeps the focus for its year, month and day.
				const isWithin = now.mark === before;
				if (reached.has(now.mark) && !isWithin) break;
				before = now.mark;
				reached.add(now.mark);
				if (!now.shown && !isWithin && step > 0) unseen.push(now.mark);
			} else if (reached.size > 0) break;
			await page.keyboard.press('Tab');
			now = await focused(page);
		}
		expect(unseen, 'a ring shows the focus').toEqual([]);
		expect(
			all.filter((mark) => !reached.has(mark)),
			'nothing is left out'
		).toEqual([]);
		if (place.name === 'explanation') {
			expect([...reached].toSorted(), 'nothing below it').toEqual(all.toSorted());
			await page.keyboard.press('Escape');
			await expect(page.getByRole('dialog')).toBeHidden();
		}
	});
}

test('keys lead to every page', async ({ page }) => {
	await openOverview(page);
	for (const [key, title] of [
		['m', 'Models'],
		['p', 'Projects'],
		['s', 'Sessions'],
		['w', 'What changed'],
		['r', 'Responses'],
		['b', 'Blocks'],
		['t', 'Trends'],
		['c', 'Cache'],
		['l', 'Tools'],
		['h', 'History'],
		['a', 'Audit'],
		['e', 'Export'],
		[',', 'Settings'],
		['o', 'Overview']
	] as const) {
		await page.keyboard.press('g');
		await page.keyboard.press(key);
		await expect(page.getByRole('heading', { level: 1 })).toHaveText(title);
		// A key holds for a moment only, which a page that is still drawn can take.
		await expectSettled(page);
	}
});

test('keys move the period, compare, and turn charts into tables', async ({ page }) => {
	await openOverview(page, '?range=7d');
	await page.keyboard.press('[');
	await expect(page).toHaveURL(/from=.*&to=/);
	await page.keyboard.press(']');
	await expect(page.getByRole('button', { name: /^Range:/ })).toBeVisible();
	await page.keyboard.press('c');
	await expect(page).toHaveURL(/compare=none/);
	await page.keyboard.press('t');
	await expect(page.getByRole('table', { name: 'Cost per day by model' })).toBeVisible();
	await page.keyboard.press('t');
	await expect(page.getByRole('application').first()).toBeVisible();

	await page.keyboard.press('?');
	const help = page.getByRole('dialog', { name: 'Keyboard shortcuts' });
	await expect(help).toBeVisible();
	await help.getByRole('checkbox').uncheck();
	await page.keyboard.press('Escape');
	await expect(help).toBeHidden();
	await page.keyboard.press('/');
	await page.keyboard.press('g');
	await page.keyboard.press('m');
	await expect(page.getByRole('dialog')).toHaveCount(0);
	await expect(page.getByRole('heading', { level: 1 })).toHaveText('Overview');
});

test('what is typed into a field is no shortcut', async ({ page }) => {
	await page.goto('/sessions');
	await expectSettled(page);
	const field = page.getByRole('searchbox').or(page.getByRole('textbox')).first();
	await field.focus();
	await page.keyboard.type('gm[c?');
	await expect(field).toHaveValue('gm[c?');
	await expect(page.getByRole('heading', { level: 1 })).toHaveText('Sessions');
});

test('keys read a chart, and open what it shows', async ({ page }) => {
	await openOverview(page, '?range=7d');
	const chart = page.getByRole('application', { name: 'Cost per day by model' });
	const spoken = chart.locator('[aria-live]');
	await chart.focus();
	await page.keyboard.press('Home');
	const first = await spoken.textContent();
	expect(first).not.toBe('');
	await page.keyboard.press('ArrowRight');
	await expect(spoken).not.toHaveText(first ?? '');
	await page.keyboard.press('End');
	await page.keyboard.press('Escape');
	await expect(spoken).toHaveText('');
	await page.keyboard.press('End');
	await page.keyboard.press('Enter');
	await expect(page).toHaveURL(/from=\d{4}-\d\d-\d\d&to=\d{4}-\d\d-\d\d/);
});

test('a link that is shared opens the same', async ({ browser, page, baseURL }) => {
	await page.goto('/trends?range=90d');
	await page.getByRole('combobox', { name: 'Metric' }).first().selectOption('Output');
	await page.getByRole('radio', { name: 'Week' }).check();
	await page.getByRole('radio', { name: 'Model' }).check();
	await page.getByRole('radio', { name: 'Bars' }).check();
	await page.getByRole('combobox', { name: 'Compare with' }).selectOption('No comparison');
	await expect(page).toHaveURL(/compare=none/);
	await expectSettled(page);
	const figures = page.getByRole('main').locator('dl').last();

	// Another browser, which has nothing of what is stored in this one.
	const context = await browser.newContext({ baseURL, timezoneId: 'America/New_York' });
	const other = await context.newPage();
	await other.goto(`${page.url()}&tz=Asia%2FShanghai`);
	// Both follow what other tests append meanwhile.
	await expect(async () => {
		const shown = await other.getByRole('main').locator('dl').last().textContent();
		expect(shown).toBe(await figures.textContent());
	}).toPass();
	await expect(other.getByRole('radio', { name: 'Week' })).toBeChecked();
	await expect(other.getByRole('radio', { name: 'Model' })).toBeChecked();
	await expect(other.getByRole('radio', { name: 'Bars' })).toBeChecked();
	await context.close();

	await page.goBack();
	await expect(page).not.toHaveURL(/compare/);
});
