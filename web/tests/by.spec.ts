import type { Page } from '@playwright/test';
import { ask, cellsUnder, expect, expectSettled, test } from './helpers';

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

for (const by of ['tool', 'branch', 'skill', 'agent', 'version'] as const) {
	test(`a row of ${by} leads to exactly its responses`, async ({ page }) => {
		const { items } = await ask(page, `/by/${by}`, RANGE);
		const named = items.find(({ kind }) => kind === 'named');
		if (!named?.key) throw new Error(`there is a ${by}`);
		const { total } = await ask(page, '/responses', { ...RANGE, [by]: named.key, limit: 1 });
		if (by !== 'tool') expect(total).toBe(named.responses);
		await page.goto(`/by?range=30d&by=${by}`);
		await table(page).getByRole('link', { name: named.key, exact: true }).click();
		await expect(page).toHaveURL(
			({ pathname, searchParams }) =>
				pathname === '/responses' && searchParams.get(by) === named.key
		);
		await expectSettled(page);
		const counted = new RegExp(
			`(^|· )\\s*${total.toLocaleString('en-US')} (matching )?responses?\\b`
		);
		await expect(page.getByRole('status').filter({ hasText: counted })).toHaveCount(1);
	});
}

test('rows without a name lead nowhere', async ({ page }) => {
	await page.goto('/by?range=30d&by=tool');
	await expectSettled(page);
	const { items } = await ask(page, '/by/tool', RANGE);
	const named = items.filter(({ kind }) => kind === 'named').length;
	await expect(table(page).getByRole('rowheader').getByRole('link')).toHaveCount(named);
	await expect(table(page).getByRole('rowheader').last()).toHaveText('Total');
});
