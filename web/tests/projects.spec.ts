import {
	answer,
	ask,
	endpoint,
	expect,
	expectAccessible,
	expectNoSidewaysScroll,
	test
} from './helpers';

const pathOf = (project: string) => `/projects/${encodeURIComponent(project)}`;

test('the table has the numbers of the server, and can be sorted', async ({ page }) => {
	await page.goto('/projects?range=all');
	const rows = page.getByRole('table', { name: 'Projects' }).getByRole('row');
	for (const sort of ['cost_usd', 'total_tokens'] as const) {
		const { items } = await ask(page, '/stats/projects', { range: 'all', limit: 50, sort });
		await expect(rows).toHaveCount(1 + items.length);
		for (const [index, { label, total_tokens, cost_usd }] of items.slice(0, 5).entries()) {
			const row = rows.nth(index + 1);
			await expect(row).toContainText(label);
			await expect(row.locator(`data[value="${total_tokens}"]`)).toBeVisible();
			if (cost_usd !== null) await expect(row.locator(`data[value="${cost_usd}"]`)).toBeVisible();
		}
		if (sort === 'cost_usd') await page.getByRole('button', { name: 'Tokens' }).click();
	}
	await expect(page).toHaveURL(/sort=total_tokens/);
});

test('a project leads to its own page, and that to the sessions of a day', async ({ page }) => {
	await page.goto('/projects?range=all');
	const { items } = await ask(page, '/stats/projects', { range: 'all', limit: 50 });
	const [first] = items;
	if (!first) throw new Error('there is a project');
	await page.getByRole('table').getByRole('row').nth(1).getByRole('rowheader').click();
	await expect(page.getByRole('heading', { level: 1 })).toHaveText(first.label);
	await expect(page.locator(`data[value="${first.cost_usd}"]`).first()).toBeVisible();
	await expect(page.locator(`data[value="${first.responses}"]`).first()).toBeVisible();
	await expect(
		page.getByRole('link', { name: 'Filter everything by this project' })
	).toHaveAttribute('href', /project=/);

	await page.goto(`${pathOf(first.project)}?range=30d`);
	const chart = page.getByRole('application', { name: 'Cost over time by model' });
	await chart.focus();
	await page.keyboard.press('End');
	await page.keyboard.press('Enter');
	await expect(page).toHaveURL(/\/sessions\?.*from=\d{4}-\d\d-\d\d&to=\d{4}-\d\d-\d\d.*project=/);
});

for (const project of [
	'/home/u/50%/naïve & co',
	'/srv/a#b?c=d',
	'C:\\Users\\u\\项目',
	'/a%2Fb/c+d'
]) {
	test(`a project called ${project} is asked for as it is`, async ({ page }) => {
		const asked = page.waitForRequest(
			(request) => new URL(request.url()).searchParams.get('project') === project
		);
		await page.goto(`${pathOf(project)}?range=all`);
		await asked;
		await expect(page.getByText('Nothing is known of this project')).toBeVisible();
		await expect(page.getByText(`No transcript was ever written in ${project}.`)).toBeVisible();
		await expectAccessible(page);
	});
}

test('a project that was not used in the range says so', async ({ page }) => {
	const { items } = await ask(page, '/stats/projects', { range: 'all', limit: 1 });
	await page.goto(`${pathOf(items[0]?.project ?? '')}?from=2020-01-01&to=2020-01-02`);
	await expect(page.getByText('No usage between Jan 1, 2020 and Jan 2, 2020')).toBeVisible();
	await expect(page.getByRole('link', { name: 'Show all days' })).toBeVisible();
});

test('what fails says why', async ({ page }) => {
	await page.route(endpoint('/stats/projects'), (route) => route.fulfill({ status: 503 }));
	await page.goto('/projects');
	await expect(page.getByRole('alert')).toContainText('503');
	await expectAccessible(page);
});

test('an empty range says so', async ({ page }) => {
	const nothing = await ask(page, '/stats/projects', { from: '2020-01-01', to: '2020-01-02' });
	await answer(page, '/stats/projects', nothing);
	await page.goto('/projects?from=2020-01-01&to=2020-01-02');
	await expect(page.getByText(/^No usage between/)).toBeVisible();
});

for (const width of [1280, 360]) {
	for (const [language, title] of [
		['EN', 'Projects'],
		['中文', '项目']
	] as const) {
		test.describe(`${width} wide, ${language}`, () => {
			test.use({
				viewport: { width, height: 800 },
				locale: language === 'EN' ? 'en-US' : 'zh-CN'
			});

			test('both pages fit and are accessible', async ({ page }) => {
				const { items } = await ask(page, '/stats/projects', { range: 'all', limit: 1 });
				await page.goto('/projects?range=all');
				await expect(page).toHaveTitle(new RegExp(`^${title} · `));
				await expect(page.getByRole('table').getByRole('row').nth(1)).toBeVisible();
				await expectNoSidewaysScroll(page);
				await expectAccessible(page);
				await page.goto(`${pathOf(items[0]?.project ?? '')}?range=30d`);
				await expect(page).toHaveTitle(new RegExp(`^${items[0]?.label} · `));
				await expect(page.getByRole('figure')).toHaveCount(3);
				await expectNoSidewaysScroll(page);
				await expectAccessible(page);
			});
		});
	}
}
