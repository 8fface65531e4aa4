import type { Page } from '@playwright/test';
import { ask, cellsUnder, expect, expectAccessible, expectSettled, test } from './helpers';

const RANGE = { range: '30d' } as const;

const TABS = {
	skill: 'Skill',
	plugin: 'Plugin',
	agent: 'Subagent',
	mcp: 'MCP server',
	tool: 'Tool',
	effort: 'Effort',
	entrypoint: 'Entrypoint',
	version: 'Version',
	branch: 'Branch',
	ticket: 'Ticket',
	pr: 'Pull request'
} as const;

const table = (page: Page) => page.getByRole('table', { name: 'Breakdown' });

test('each tab of the breakdown shows its items with their total, and Back leads to the tab before', async ({
	page
}) => {
	await page.goto('/by?range=30d');
	for (const [by, name] of Object.entries(TABS)) {
		await page.getByRole('radio', { name, exact: true }).check();
		await expect(page.getByRole('radio', { name, exact: true })).toBeChecked();
		await expect(page).toHaveURL(({ searchParams }) => (searchParams.get('by') ?? 'skill') === by);
		const { items, rest, totals } = await ask(page, `/by/${by}`, RANGE);
		await expect(table(page).getByRole('columnheader', { name, exact: true })).toBeVisible();
		await expectSettled(page);
		const cost = await cellsUnder(table(page), 'Cost');
		await expect(cost).toHaveCount(items.length + (rest ? 2 : 1));
		await expect(cost.last().locator('data')).toHaveAttribute('value', String(totals.cost_usd));
		for (const [at, { cost_usd }] of items.slice(0, 2).entries()) {
			if (cost_usd === null || cost_usd === undefined) continue;
			await expect(cost.nth(at).locator('data')).toHaveAttribute('value', String(cost_usd));
		}
	}
	await page.goBack();
	await expect(table(page).getByRole('columnheader', { name: TABS.ticket })).toBeVisible();
});

/** Follows the row `name` of a breakdown, and expects exactly its responses. */
async function expectResponses(
	page: Page,
	[by, name]: [string, string],
	[parameter, value]: [string, string],
	responses: number
) {
	await page.goto(`/by?range=30d&by=${by}`);
	await table(page).getByRole('link', { name, exact: true }).click();
	await expect(page).toHaveURL(
		({ pathname, searchParams }) =>
			pathname === '/responses' && searchParams.get(parameter) === value
	);
	await expectSettled(page);
	const counted = new RegExp(
		`(^|· )\\s*${responses.toLocaleString('en-US')} (matching )?responses?\\b`
	);
	await expect(page.getByRole('status').filter({ hasText: counted })).toHaveCount(1);
}

for (const by of ['tool', 'branch', 'skill', 'agent', 'version'] as const) {
	test(`a row of ${by} leads to exactly its responses`, async ({ page }) => {
		const { items } = await ask(page, `/by/${by}`, RANGE);
		const named = items.find(({ kind }) => kind === 'named');
		if (!named?.key) throw new Error(`there is a ${by}`);
		const parameter = by === 'tool' ? 'only_tool' : by;
		await expectResponses(page, [by, named.key], [parameter, named.key], named.responses);
	});
}

test('rows without a name lead to exactly their responses, which are exported as they are listed', async ({
	page
}) => {
	const { items } = await ask(page, '/by/tool', RANGE);
	for (const [kind, name, parameter, value] of [
		['several', 'Several', 'several_tools', 'true'],
		['none', 'None', 'without', 'tool']
	] as const) {
		const item = items.find((one) => one.kind === kind);
		if (!item) throw new Error(`there is an item of ${kind}`);
		await expectResponses(page, ['tool', name], [parameter, value], item.responses);
		await expect(page.getByText(`Only Tool: ${name}.`)).toBeVisible();
		const asked = page.waitForRequest((request) => request.url().endsWith('/api/v1/export'));
		await page.getByRole('button', { name: 'Export' }).click();
		await page.getByRole('button', { name: 'CSV' }).click();
		const { filter } = (await asked).postDataJSON() as { filter: Record<string, unknown> };
		expect(String(filter[parameter])).toBe(value);
	}
	await expectAccessible(page);
});

test('every row leads somewhere, and that of further items to these', async ({ page }) => {
	// Few are listed, so that there are further ones.
	await page.route(/\/by\/tool\?.*limit=100/, (route) =>
		route.continue({ url: route.request().url().replace('limit=100', 'limit=2') })
	);
	await page.goto('/by?range=30d&by=tool');
	await expectSettled(page);
	const rows = table(page).getByRole('rowheader');
	await expect(rows.last()).toHaveText('Total');
	await expect(rows.getByRole('link')).toHaveCount(await rows.count());
	const { items, rest } = await ask(page, '/by/tool', RANGE);
	expect(rest).toBeNull();
	const named = items.filter(({ kind }) => kind === 'named');
	await rows.getByRole('link', { name: `Others (${named.length - 2})` }).click();
	await expect(page).toHaveURL(/rows=all/);
	await expect(rows).toHaveCount(items.length + 1);
	await expect(rows.filter({ hasText: 'Others' })).toHaveCount(0);
	for (const { key } of named)
		await expect(rows.getByText(key ?? '', { exact: true })).toBeVisible();
	await expectAccessible(page);
});
