/** The budgets of the server: adding one, how it stands, its days, and its removal. */

import { expect, test } from '@playwright/test';
import { ask } from './helpers';

// One database holds the budgets of all.
test.describe.configure({ mode: 'serial' });

test('a budget is added, stands as the totals of its period, and is removed', async ({ page }) => {
	await page.goto('/budgets');
	const main = page.getByRole('main');
	await page.getByLabel('Name').fill('Spec of a month');
	await page.getByLabel('Amount', { exact: true }).fill('900000');
	await page.getByRole('button', { name: 'Add', exact: true }).click();
	const item = main.getByRole('listitem').filter({ hasText: 'Spec of a month' });
	await expect(item).toContainText('$900,000.00 · Per month · Everything');
	await expect(item).toContainText(/of \$900,000\.00 \(.*%\) · .* left, .* a day · .*pace/);
	await expect(item.getByText('Fine', { exact: true })).toBeVisible();
	await expect(item).toContainText(/Added \w+ \d+, \d{4}/);
	const { items } = await ask(page, '/budgets', {});
	const stored = items.find(({ name }) => name === 'Spec of a month');
	const { totals } = await ask(page, '/stats', { range: 'this-month' });
	expect(stored?.used).toBe(totals.cost_usd);

	await item.getByText('Last 30 days').click();
	await expect(item.getByRole('row')).toHaveCount(31);
	await item.getByRole('button', { name: /^Remove/ }).click();
	await expect(item).toHaveCount(0);
});

test('a budget of a project in tokens shows its level, and an invalid one its problem', async ({
	page
}) => {
	await page.goto('/budgets');
	const main = page.getByRole('main');
	await page.getByLabel('Name').fill('Spec of tokens');
	await page.getByLabel('Amount', { exact: true }).fill('1');
	await page.getByLabel('Unit').selectOption('Tokens');
	await page.getByLabel('Period').selectOption('Per 30 days, rolling');
	const scope = page.getByLabel('Scope');
	await scope.focus();
	await expect(scope.getByRole('option', { name: /^Project: / }).first()).toBeAttached();
	await scope.selectOption({ index: 1 });
	await page.getByRole('button', { name: 'Add', exact: true }).click();
	const item = main.getByRole('listitem').filter({ hasText: 'Spec of tokens' });
	await expect(item).toContainText(/1 token · Per 30 days, rolling · Project: /);
	await expect(item.getByText('Hard level', { exact: true })).toBeVisible();
	await expect(item).toContainText('tokens over budget');

	await page.getByLabel('Name').fill('Spec of tokens');
	await page.getByLabel('Amount', { exact: true }).fill('5');
	await page.getByRole('button', { name: 'Add', exact: true }).click();
	await expect(main).toContainText('which another budget has');
	await item.getByRole('button', { name: /^Remove/ }).click();
	await expect(item).toHaveCount(0);
});
