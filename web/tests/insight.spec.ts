import type { WorthStats } from '../src/lib/api/types';
import {
	ask,
	cellsUnder,
	endpoint,
	expect,
	expectAccessible,
	expectSettled,
	test
} from './helpers';

const QUARTER = { range: '90d' } as const;

test('without a plan, the page of worth shows list prices and what to write', async ({ page }) => {
	await page.goto('/worth?range=90d');
	await expect(page.getByText('No plan is configured')).toBeVisible();
	await expect(page.getByText('[[plan]]')).toBeVisible();
	const { months, total } = await ask(page, '/worth', QUARTER);
	const table = page.getByRole('table', { name: 'Months' });
	const cost = await cellsUnder(table, 'At list prices');
	await expect(cost).toHaveCount(months.length + 1);
	await expect(cost.last().locator('data')).toHaveAttribute('value', String(total.cost_usd));
});

test('a month of worth leads to exactly its responses', async ({ page }) => {
	const { months, meta } = await ask(page, '/worth', QUARTER);
	const last = months.at(-1);
	if (!last) throw new Error('there is a month');
	const from = last.month < meta.from ? meta.from : last.month;
	const { total } = await ask(page, '/responses', { from, to: meta.to, limit: 1 });
	await page.goto('/worth?range=90d');
	await page.getByRole('table', { name: 'Months' }).getByRole('link').last().click();
	await expect(page).toHaveURL(
		({ pathname, searchParams }) =>
			pathname === '/responses' &&
			searchParams.get('from') === from &&
			searchParams.get('to') === meta.to
	);
	await expectSettled(page);
	await expect(page.getByRole('status').filter({ hasText: /responses/ })).toContainText(
		total.toLocaleString('en-US')
	);
});

test('with plans, list price, plan, difference, factor and break-even are shown by month', async ({
	page
}) => {
	const amounts: WorthStats['total'] = {
		cost_usd: 300,
		certainty: 'exact',
		compared_usd: 250,
		compared_certainty: 'at_least',
		plan_usd: 100,
		difference_usd: 150,
		factor: 2.5
	};
	await page.route(endpoint('/worth'), async (route) => {
		const answer = (await (await route.fetch()).json()) as WorthStats;
		const plan = { name: 'Max', price: '100', currency: 'EUR', from: '2026-01-01', until: null };
		const body: WorthStats = {
			...answer,
			plans: [{ ...plan, home: 'work', is_home_known: false }],
			missing_rates: ['CHF'],
			total: amounts,
			months: [
				{ ...amounts, month: '2026-05-01', month_price_usd: 100, break_even: '2026-05-12' },
				{ ...amounts, month: '2026-06-01', month_price_usd: 100, break_even: null }
			]
		};
		await route.fulfill({ json: body });
	});
	await page.goto('/worth?range=90d');
	const table = page.getByRole('table', { name: 'Months' });
	const may = table.getByRole('row', { name: 'May 2026' });
	await expect(may).toContainText('≥ $250.00');
	await expect(may).toContainText('≥ +$150.00');
	await expect(may).toContainText('≥ 2.5×');
	await expect(may).toContainText('May 12, 2026');
	await expect(table.getByRole('row', { name: 'June 2026' })).toContainText('Not reached');
	const plan = page.getByRole('table', { name: 'Plans' }).getByRole('row', { name: 'Max' });
	await expect(plan).toContainText('100 EUR');
	await expect(plan).toContainText('No usage of this home is known.');
	await expect(page.getByText('No exchange rate for CHF')).toBeVisible();
	await expectAccessible(page);
});

for (const [by, choice] of [
	['version', 'Version'],
	['model', 'Model']
] as const) {
	test(`each ${by} is compared with the numbers that its rates rest on`, async ({ page }) => {
		const { items } = await ask(page, `/compare/${by}`, QUARTER);
		await page.goto('/compare?range=90d');
		await page.getByRole('radio', { name: choice, exact: true }).check();
		const table = page.getByRole('table', { name: 'Versions and models' });
		await expect(table.getByRole('columnheader', { name: choice, exact: true })).toBeVisible();
		await expectSettled(page);
		await expect(table.getByRole('rowheader')).toHaveCount(items.length);
		for (const [at, { responses, cost_per_prompt_usd }] of items.slice(0, 2).entries()) {
			const count = (await cellsUnder(table, 'Responses')).nth(at);
			await expect(count).toHaveText(responses.toLocaleString('en-US'));
			if (cost_per_prompt_usd === null) continue;
			const each = (await cellsUnder(table, 'Cost per prompt')).nth(at).locator('data');
			await expect(each).toHaveAttribute('value', String(cost_per_prompt_usd));
		}
		await page.getByText('Report in Markdown').click();
		const report = page.getByRole('region', { name: 'Report in Markdown' });
		await expect(report).toContainText('| responses | prompts |');
		const { items: projects } = await ask(page, '/stats/projects', QUARTER);
		const text = (await report.textContent()) ?? '';
		expect(projects.filter(({ project }) => project && text.includes(project))).toEqual([]);
		await expectAccessible(page);
	});
}

test('the same projects are those of every version', async ({ page }) => {
	const { items, projects } = await ask(page, '/compare/version', {
		...QUARTER,
		same_projects: true
	});
	await page.goto('/compare?range=90d');
	await page.getByRole('radio', { name: 'Same projects' }).check();
	await expect(page).toHaveURL(/among=same/);
	await expect(page.getByText(new RegExp(`^${projects} projects?\\.`))).toBeVisible();
	const table = page.getByRole('table', { name: 'Versions and models' });
	await expect(table.getByRole('rowheader')).toHaveCount(items.length);
});

test('a statement is run, saved, run again, replaced and removed', async ({ page }) => {
	await page.goto('/sql');
	const statement = page.getByRole('textbox', { name: 'Statement' });
	await statement.fill('SELECT sum(responses) AS n, NULL AS missing FROM usage');
	await page.getByRole('button', { name: 'Run', exact: true }).click();
	const table = page.getByRole('table', { name: 'Result' });
	const { totals } = await ask(page, '/stats', { range: 'all' });
	await expect(table.getByRole('row').nth(1)).toContainText(String(totals.responses));
	await expect(table).toContainText('NULL');

	await page.getByRole('textbox', { name: 'Name of the query' }).fill('All responses');
	await page.getByRole('button', { name: 'Save this query' }).click();
	const saved = page.getByRole('list', { name: 'Saved queries' });
	await expect(saved).toContainText('All responses');
	await statement.fill("SELECT 'changed' AS word");
	await page.getByRole('textbox', { name: 'Name of the query' }).fill('All responses');
	await page.getByRole('button', { name: 'Replace' }).click();
	await expect(page.getByRole('button', { name: 'Save this query' })).toBeVisible();
	await page.reload();
	await saved.getByRole('button', { name: 'Run All responses' }).click();
	await expect(statement).toHaveValue("SELECT 'changed' AS word");
	await expect(table).toContainText('changed');
	await expectAccessible(page);
	await saved.getByRole('button', { name: 'Remove All responses' }).click();
	await expect(saved).toContainText('No saved queries');
});

test('an error of a statement is shown below it, and what was found stays', async ({ page }) => {
	await page.goto('/sql');
	const statement = page.getByRole('textbox', { name: 'Statement' });
	await statement.fill('SELECT 5 AS five');
	await statement.press('Control+Enter');
	await expect(page.getByRole('table', { name: 'Result' })).toContainText('5');
	await statement.fill('DELETE FROM usage');
	await statement.press('Control+Enter');
	await expect(page.getByRole('alert')).toBeVisible();
	await expect(page.getByRole('table', { name: 'Result' })).toContainText('5');
	await expectAccessible(page);
});

test('a server that runs no SQL says so in place of the console', async ({ page }) => {
	await page.route(endpoint('/sql'), async (route) => {
		const views = await (await route.fetch()).json();
		await route.fulfill({ json: { ...views, allowed: false } });
	});
	await page.goto('/sql');
	await expect(page.getByText('This server runs no SQL')).toBeVisible();
	await expect(page.getByRole('textbox')).toHaveCount(0);
	await expectAccessible(page);
});

test('while names are hidden, nothing is asked for with SQL', async ({ page }) => {
	await page.addInitScript(() => localStorage.setItem('ctm.redaction', 'on'));
	await page.goto('/sql');
	await expect(page.getByText('there is none while names are hidden')).toBeVisible();
	await expect(page.getByRole('textbox')).toHaveCount(0);
});
