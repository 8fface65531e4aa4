import type { Page } from '@playwright/test';
import { expect, expectAccessible, expectNoSidewaysScroll, expectSettled, test } from './helpers';

test.use({ viewport: { width: 1280, height: 900 } });

test.beforeEach(async ({ page }) => {
	await page.goto('/api/docs');
	await expectSettled(page);
});

/** Opens an operation, and returns what is drawn of it. */
async function openOperation(page: Page, id: string) {
	const operation = page.locator(`details#${id}`);
	await operation.locator('summary').first().click();
	await expect(operation.getByRole('button', { name: 'Send request' })).toBeVisible();
	return operation;
}

test('every operation of the document is on the page', async ({ page }) => {
	const document = (await (await page.request.get('/api/v1/openapi.json')).json()) as {
		paths: Record<string, Record<string, { summary: string }>>;
	};
	const expected = Object.entries(document.paths).flatMap(([path, methods]) =>
		Object.keys(methods).map((method) => `${method.toUpperCase()} ${path}`)
	);
	const shown = await page.locator('main details > summary .name').allTextContents();
	expect(shown.map((name) => name.replace(/\s+/g, ' ').trim()).sort()).toEqual(expected.sort());
});

test('a request is sent as entered, and its response is shown', async ({ page }) => {
	const operation = await openOperation(page, 'daily');
	await operation.getByLabel('range', { exact: false }).first().fill('7d');
	await operation.getByLabel('tz', { exact: false }).first().fill('Europe/Berlin');
	await expect(operation.getByText(/^curl '.*daily\?range=7d&tz=Europe%2FBerlin'$/)).toBeVisible();
	await operation.getByRole('button', { name: 'Send request' }).click();
	await expect(operation.getByRole('status').last()).toContainText('200');
	await expect(operation.getByRole('region', { name: 'Response body' })).toContainText(
		'"tz": "Europe/Berlin"'
	);
	await expectNoSidewaysScroll(page);
	await expectAccessible(page);
});

test('a problem is a response like any other', async ({ page }) => {
	const operation = await openOperation(page, 'stats');
	await operation.getByLabel('tz', { exact: false }).first().fill('Nowhere');
	await operation.getByRole('button', { name: 'Send request' }).click();
	await expect(operation.getByRole('status').last()).toContainText('400');
	await expect(operation.getByRole('region', { name: 'Response body' })).toContainText(
		'"status": 400'
	);
});

test('a body is sent, with the token where there is one', async ({ page }) => {
	await page.getByLabel('Access token', { exact: true }).fill('secret');
	const operation = await openOperation(page, 'export');
	await expect(operation.getByText('Bearer $CTM_AUTH_TOKEN')).toBeVisible();
	const sent = page.waitForRequest((request) => request.url().endsWith('/api/v1/export'));
	await operation.getByRole('button', { name: 'Send request' }).click();
	const request = await sent;
	expect(request.postDataJSON()).toEqual({ format: 'csv', dataset: 'daily' });
	expect(request.headers()['authorization']).toBe('Bearer secret');
	await expect(operation.getByRole('region', { name: 'Response body' })).toContainText('date,');
});

test('the fields of a response are shown on demand', async ({ page }) => {
	const operation = await openOperation(page, 'stats');
	const fields = operation.locator('.response').first();
	await fields.locator('summary', { hasText: /^Stats$/ }).click();
	await fields
		.locator('dd summary', { hasText: /^Usage$/ })
		.first()
		.click();
	await expect(fields.getByText('cache_hit_rate', { exact: true }).first()).toBeVisible();
});
