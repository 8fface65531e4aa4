import type { Page } from '@playwright/test';
import { projectUsage, meta, usage } from '../src/testing/answers';
import {
	answer,
	ask,
	endpoint,
	expect,
	expectAccessible,
	expectNoSidewaysScroll,
	openOverview,
	speak,
	test
} from './helpers';

const title = (page: Page) => page.getByRole('heading', { level: 1 });

test('the skip link leads to the content', async ({ page }) => {
	await page.goto('/settings');
	await expect(title(page)).toBeVisible();
	await page.keyboard.press('Tab');
	await expect(page.getByRole('link', { name: 'Skip to content' })).toBeFocused();
	await page.keyboard.press('Enter');
	await expect(page.getByRole('main')).toBeFocused();
});

test('a choice is in the URL, and Back reverts it', async ({ page }) => {
	await page.goto('/models?range=30d');
	await page.getByRole('button', { name: /^Projects:/ }).click();
	const options = page.getByRole('listbox', { name: 'Choose projects' }).getByRole('option');
	const [first, second] = [options.nth(1), options.nth(2)];
	await first.click();
	await expect(first).toHaveAttribute('aria-checked', 'true');
	await second.click();
	await expect(page).toHaveURL(/project=[^&]+&project=/);
	await page.keyboard.press('Escape');
	await expect(page.getByRole('button', { name: /^Projects: .+ \+1$/ })).toBeFocused();
	await page.getByRole('combobox', { name: 'Compare with' }).selectOption('No comparison');
	await expect(page).toHaveURL(/compare=none/);
	await page.goBack();
	await expect(page).not.toHaveURL(/compare/);
	await page.goBack();
	await expect(page).toHaveURL(/\?range=30d$/);
});

test('days are chosen from a month, and by typing', async ({ page }) => {
	await page.clock.install({ time: new Date('2026-06-20T04:00:00Z') });
	await page.goto('/models?from=2026-06-01&to=2026-06-10');
	await page.getByRole('button', { name: /^Range:/ }).click();
	const month = page.getByRole('dialog', { name: 'Range' });
	await month.getByRole('button', { name: 'Wednesday, June 3, 2026' }).click();
	await month.getByRole('button', { name: 'Friday, June 5, 2026' }).click();
	await expect(page).toHaveURL(/from=2026-06-03&to=2026-06-05/);
	await page.getByRole('button', { name: 'Previous period' }).click();
	await expect(page).toHaveURL(/from=2026-05-31&to=2026-06-02/);
	await page.getByRole('button', { name: /^Range:/ }).click();
	await page.getByLabel('From', { exact: true }).fill('2026-06-09');
	await page.getByLabel('To', { exact: true }).fill('2026-06-08');
	await expect(page.getByText('The first day must not be after')).toBeVisible();
	await page.getByLabel('To', { exact: true }).fill('2026-06-09');
	await page.getByRole('button', { name: 'Apply' }).click();
	await expect(page).toHaveURL(/from=2026-06-09&to=2026-06-09/);
});

test('the zone is chosen by name', async ({ page }) => {
	await page.goto('/models');
	await page.getByRole('button', { name: 'Time zone: Asia/Shanghai' }).click();
	// The list comes by itself, and takes what is typed from then on.
	await expect(page.getByRole('combobox').and(page.locator(':focus'))).toBeVisible();
	await page.keyboard.type('buenos');
	await expect(page.getByRole('option', { name: /Buenos/, selected: true })).toBeVisible();
	await page.keyboard.press('Enter');
	await expect(page).toHaveURL(/tz=America%2F(Argentina%2F)?Buenos_Aires/);
	await expect(page.getByRole('button', { name: /Time zone: .*Buenos/ })).toBeVisible();
});

test('invalid parts are reported and removed', async ({ page }) => {
	await page.goto('/models?range=8d&tz=Mars&sort=x');
	const notice = page.getByText('Ignored in the URL');
	await expect(notice).toBeVisible();
	await expect(page.getByText('range=8d')).toBeVisible();
	await expectAccessible(page);
	await page.getByRole('link', { name: 'Remove' }).click();
	await expect(notice).toBeHidden();
	await expect(page).toHaveURL(/\?range=30d&sort=x$/);
});

test('a filter that leaves nothing can be taken back', async ({ page }) => {
	await page.goto('/?range=30d&project=%2Fno%2Fsuch%2Fproject');
	await expect(page.getByText('No usage on these days matches the filter.')).toBeVisible();
	await expectAccessible(page);
	await page.getByRole('main').getByRole('link', { name: 'Clear filter' }).click();
	await expect(page.getByRole('group', { name: 'Tokens' })).toBeVisible();
});

test('several Claude homes can be chosen from', async ({ page }) => {
	const source = { ...usage(1, 1), homes: 1, is_read: true, last_at: null };
	await answer(page, '/stats/sources', {
		meta,
		items: [
			{ ...source, source: 'laptop', path: '/home/u/.claude' },
			{ ...source, source: 'server', path: '/mnt/claude' }
		],
		totals: usage(2, 2)
	});
	await page.goto('/models');
	await page.getByRole('button', { name: /^Claude homes:/ }).click();
	await page.getByRole('option', { name: /server/ }).click();
	await expect(page).toHaveURL(/home=server/);
});

test('every page shows subagents, main conversations or both', async ({ page }) => {
	const costOf = async (sidechain?: boolean) => {
		const query = sidechain === undefined ? {} : { sidechain };
		return (await ask(page, '/stats', { range: '30d', ...query })).totals.cost_usd;
	};
	const shown = () => page.getByRole('main').locator(`data[value="${cost}"]`).first();
	let cost = await costOf();
	await openOverview(page, '?range=30d');
	await expect(shown()).toBeVisible();
	const choice = page.getByRole('combobox', { name: 'Conversations' });
	for (const [name, sidechain] of [
		['Subagents', true],
		['Main conversations', false]
	] as const) {
		cost = await costOf(sidechain);
		expect(cost).toBeGreaterThan(0);
		await choice.selectOption(name);
		await expect(page).toHaveURL(new RegExp(`[?&]sidechain=${sidechain}(&|$)`));
		await expect(shown()).toBeVisible();
	}
	await expectAccessible(page);
	// The next page has the same filter.
	await page.getByRole('navigation').getByRole('link', { name: 'Models' }).first().click();
	await expect(title(page)).toHaveText('Models');
	await expect(choice).toHaveValue('Main conversations');
	const { items } = await ask(page, '/stats/models', { range: '30d', sidechain: false });
	cost = items[0]?.cost_usd ?? null;
	await expect(shown()).toBeVisible();
	await page.getByRole('link', { name: 'Clear filter' }).click();
	await expect(page).not.toHaveURL(/sidechain/);
	await expect(choice).toHaveValue('Main and subagents');
});

test('the palette goes to pages and sets the filter', async ({ page }) => {
	await page.goto('/models');
	await page.getByRole('button', { name: 'Search and commands' }).click();
	const palette = page.getByRole('dialog', { name: 'Search and commands' });
	await expect(palette.getByRole('combobox')).toBeFocused();
	await expectAccessible(page);
	await page.keyboard.type('trends');
	await page.keyboard.press('Enter');
	await expect(title(page)).toHaveText('Trends');

	await answer(page, '/stats/projects', {
		meta,
		items: [{ ...projectUsage('/src/api', usage(1, 1)), label: 'api' }],
		totals: usage(1, 1),
		next_cursor: null,
		total: 1
	});
	await page.keyboard.press('/');
	await expect(palette.getByRole('combobox')).toBeFocused();
	await page.keyboard.type('src api');
	await page.getByRole('option', { name: /^api/ }).click();
	await expect(page).toHaveURL(/project=%2Fsrc%2Fapi/);

	await expect(palette).toBeHidden();
	await page.keyboard.press('/');
	// By now it is loaded, and takes what is typed at once.
	await page.keyboard.type('7c2f');
	await page.getByRole('option', { name: 'Search sessions for “7c2f”' }).click();
	await expect(page).toHaveURL(/\/sessions\?.*q=7c2f/);
});

test('a missing login redirects to the login page and back', async ({ page }) => {
	await page.route('/login?*', (route) => route.fulfill({ body: 'Log in' }));
	await page.route(endpoint('/stats'), (route) =>
		route.fulfill({
			status: 401,
			json: { type: 'about:blank', title: 'Unauthorized', status: 401 }
		})
	);
	await page.goto('/?range=7d');
	await expect(page).toHaveURL(/\/login\?next=%2F%3Frange%3D7d$/);
});

test('updates are paused and resumed', async ({ page }) => {
	await page.goto('/models');
	const badge = page.getByRole('banner').getByRole('status');
	await expect(badge).toHaveText('Live');
	await page.getByRole('button', { name: 'Pause updates' }).click();
	await expect(badge).toHaveText('Paused');
	await page.getByRole('button', { name: 'Resume updates' }).click();
	await expect(badge).toHaveText('Live');
});

test.describe('360 wide', () => {
	test.use({ viewport: { width: 360, height: 740 }, hasTouch: true });

	for (const colorScheme of ['light', 'dark'] as const) {
		for (const language of ['English', '简体中文'] as const) {
			test(`the sheet and the navigation, ${colorScheme}, ${language}`, async ({ page }) => {
				await page.emulateMedia({ colorScheme });
				await page.goto('/models?range=30d');
				await speak(page, language);
				const pages = page.getByRole('navigation', { name: /^(Pages|页面)$/ });
				await expect(pages.getByRole('listitem')).toHaveCount(4);
				await expectAccessible(page);

				await page.getByRole('button', { name: /All projects|全部项目/ }).click();
				const sheet = page.getByRole('dialog', { name: /^(Filter|筛选)$/ });
				await expectAccessible(page);
				for (const label of [/^(Conversations|对话)$/, /^(Compare with|对比)$/]) {
					await expect(sheet.getByText(label)).toBeVisible();
					await expect(sheet.getByRole('combobox', { name: label })).toBeVisible();
				}
				await sheet.getByRole('button', { name: /^(Projects|项目)/ }).click();
				await expect(sheet.getByRole('option').nth(1)).toBeVisible();
				await expectNoSidewaysScroll(page);
				await expectAccessible(page);
				await sheet.getByRole('button', { name: /^(Range|范围)/ }).click();
				await sheet.getByRole('link', { name: /^(7 days|7 天)$/ }).click();
				await expect(sheet).toBeHidden();
				await expect(page).toHaveURL(/range=7d/);

				await pages.getByRole('button').click();
				await expectAccessible(page);
				await pages.getByRole('link', { name: /^(Trends|趋势)$/ }).click();
				await expect(page).toHaveURL(/\/trends\?range=7d$/);
			});
		}
	}
});

for (const [what, width, height] of [
	['at 200 % of 1280', 640, 400],
	['at 400 % of 1280', 320, 256]
] as const) {
	test.describe(what, () => {
		test.use({ viewport: { width, height } });

		test('nothing is cut off', async ({ page }) => {
			await openOverview(page);
			await expectNoSidewaysScroll(page);
			await expectAccessible(page);
		});
	});
}

test('with forced colours, and on paper, the page can be read', async ({ page }) => {
	await page.emulateMedia({ forcedColors: 'active' });
	await openOverview(page);
	await expectAccessible(page);
	await page.emulateMedia({ forcedColors: 'none', media: 'print', colorScheme: 'dark' });
	await expect(page.getByRole('navigation')).toHaveCount(0);
	await expect(page.getByText('30 days · All projects · Asia/Shanghai')).toBeVisible();
	const ink = await page.evaluate(() => getComputedStyle(document.body).color);
	expect(ink).toBe('rgb(26, 31, 38)');
});
