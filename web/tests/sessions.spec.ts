import type { Page } from '@playwright/test';
import type { SessionResponse } from '../src/lib/api/types';
import { explained, response, sessionDetail } from '../src/testing/sessions';
import { ask, endpoint, expect, expectAccessible, expectNoSidewaysScroll, test } from './helpers';

/** Returns the session with most responses. */
async function largest(page: Page) {
	const { items } = await ask(page, '/sessions', { range: 'all', limit: 500 });
	const [first] = items.toSorted((one, other) => other.responses - one.responses);
	if (!first) throw new Error('there is a session');
	return first;
}

test('the table has the numbers of the server, sorted and more of them', async ({ page }) => {
	await page.goto('/sessions?range=all&sort=cost_usd');
	const { items, total } = await ask(page, '/sessions', {
		range: 'all',
		limit: 100,
		sort: 'cost_usd'
	});
	const rows = page.getByRole('table', { name: 'Sessions' }).getByRole('row');
	await expect(rows).toHaveCount(1 + Math.min(50, total));
	for (const [index, { id, cost_usd, total_tokens }] of items.slice(0, 5).entries()) {
		const row = rows.nth(index + 1);
		await expect(row).toContainText(id.slice(0, 8));
		await expect(row.locator(`data[value="${cost_usd}"]`)).toBeVisible();
		await expect(row.locator(`data[value="${total_tokens}"]`)).toBeVisible();
	}
	if (total > 50) {
		await page.getByRole('button', { name: 'Show more' }).click();
		await expect(rows).toHaveCount(1 + Math.min(100, total));
	}
});

test('sessions are found by the beginning of their id, and by their project', async ({ page }) => {
	const { id, project } = await largest(page);
	await page.goto('/sessions?range=all');
	await page.getByRole('searchbox').fill(id.slice(0, 10));
	await page.keyboard.press('Enter');
	await expect(page).toHaveURL(new RegExp(`q=${id.slice(0, 10)}`));
	await expect(page.getByText('1 sessions match.')).toBeVisible();

	const { total } = await ask(page, '/sessions', { range: 'all', project, limit: 1 } as never);
	await page.goto(`/sessions?range=all&q=${encodeURIComponent(project)}`);
	await expect(page.getByRole('status').filter({ hasText: 'match' })).toContainText(
		/\d+ sessions match/
	);
	const found = Number.parseInt((await page.getByText(/sessions match/).textContent()) ?? '');
	expect(found).toBeGreaterThanOrEqual(total);

	await page.goto('/sessions?range=all&q=no-such-thing');
	await expect(page.getByText('No session matches.')).toBeVisible();
	await expectAccessible(page);
});

test('a day shows the sessions of that day', async ({ page }) => {
	const { started_at } = await largest(page);
	const day = new Date(started_at ?? '').toLocaleDateString('sv', { timeZone: 'Asia/Shanghai' });
	const { total } = await ask(page, '/sessions', { from: day, to: day, limit: 1 });
	await page.goto(`/sessions?from=${day}&to=${day}`);
	await expect(
		page.getByText(new RegExp(`^${total.toLocaleString('en')} sessions,`))
	).toBeVisible();
});

test('a session has the numbers of the server, down to a line of a file', async ({ page }) => {
	const { id } = await largest(page);
	const query = { limit: 50, order: 'desc' } as never;
	const session = await ask(page, `/sessions/${id}` as '/sessions/{id}', {});
	const responses = await ask(
		page,
		`/sessions/${id}/responses` as '/sessions/{id}/responses',
		query
	);
	await page.goto('/sessions?range=all');
	await page.goto(`/sessions/${id}?range=all`);
	await expect(page.locator(`data[value="${session.cost_usd}"]`).first()).toBeVisible();
	await expect(page.locator(`data[value="${session.cache_read_tokens}"]`).first()).toBeVisible();
	const rows = page.getByRole('table', { name: 'Responses' }).getByRole('row');
	await expect(rows).toHaveCount(1 + responses.items.length);

	await rows.nth(1).getByRole('rowheader').click();
	const [newest] = responses.items;
	if (!newest) throw new Error('there is a response');
	await expect(page).toHaveURL(/why=/);
	const dialog = page.getByRole('dialog', { name: 'Why this number' });
	await expect(dialog).toContainText(newest.key);
	await expect(dialog).toContainText(newest.source.file);
	await expect(dialog.locator(`data[value="${newest.cost_usd}"]`).first()).toBeVisible();
	await expectAccessible(page);
	await page.goBack();
	await expect(dialog).toBeHidden();
	await page.goForward();
	await expect(dialog).toBeVisible();
	await page.keyboard.press('Escape');
	await expect(dialog).toBeHidden();
	await expect(page).not.toHaveURL(/why=/);
});

test('the timeline leads to a response', async ({ page }) => {
	const { id } = await largest(page);
	await page.goto(`/sessions/${id}?range=all`);
	await page.getByRole('radio', { name: 'Context size' }).check();
	await expect(page).toHaveURL(/measure=context_tokens/);
	const timeline = page.getByRole('application', { name: 'Timeline' });
	await timeline.focus();
	await page.keyboard.press('Home');
	await page.keyboard.press('Enter');
	await expect(page.getByRole('dialog', { name: 'Why this number' })).toBeVisible();
});

test('the responses of a session can be saved', async ({ page }) => {
	const { id, responses } = await largest(page);
	await page.goto(`/sessions/${id}?range=all`);
	await page.getByRole('button', { name: 'Export' }).click();
	const saving = page.waitForEvent('download');
	await page.getByRole('button', { name: 'NDJSON' }).click();
	const stream = await (await saving).createReadStream();
	let text = '';
	for await (const chunk of stream) text += chunk;
	expect(text.trim().split('\n')).toHaveLength(responses);
});

/** Has a session answered that consists of `items`. */
async function answerSession(page: Page, items: SessionResponse[]) {
	await page.route(/\/api\/v1\/sessions\/s1(\?|$)/, (route) =>
		route.fulfill({ json: sessionDetail({ id: 's1', responses: items.length }) })
	);
	await page.route(/\/api\/v1\/sessions\/s1\/responses/, (route) =>
		route.fulfill({ json: { items, next_cursor: null, total: items.length } })
	);
}

test('a cache break is marked and explained', async ({ page }) => {
	const at = (minute: number) => `2026-01-30T09:${String(minute).padStart(2, '0')}:00Z`;
	await answerSession(page, [
		response({ key: 'a', at: at(0), context_tokens: 20_000, cache_write_5m_tokens: 20_000 }),
		response({ key: 'b', at: at(12), context_tokens: 21_000, cache_write_5m_tokens: 21_000 })
	]);
	await page.goto('/sessions/s1');
	await expect(page.getByText('2 responses, 1 cache breaks.')).toBeVisible();
	const table = page.getByRole('table', { name: 'Cache breaks' });
	await expect(table).toContainText('A pause of 12m, longer than the cache lasts.');
	await expect(table).toContainText('20,000');
	await expectAccessible(page);
});

test('a response by several lines says which one counts, and a price where it is from', async ({
	page
}) => {
	await page.route(/\/api\/v1\/responses\//, (route) => route.fulfill({ json: explained() }));
	await page.goto('/sessions?range=all&why=msg_1');
	const dialog = page.getByRole('dialog', { name: 'Why this number' });
	await expect(dialog).toContainText('2 in all.');
	await expect(dialog).toContainText('Written while the response was still growing.');
	await expect(dialog).toContainText('$0.01503');
	await expect(dialog.getByRole('link', { name: 'docs.example.com/prices' })).toHaveAttribute(
		'rel',
		/noopener/
	);
	await expectAccessible(page);
	await dialog.getByRole('button', { name: 'Close' }).click();
	await expect(dialog).toBeHidden();
	await expect(page).toHaveURL(/\/sessions\?range=all$/);
});

test('what nobody knows is told', async ({ page }) => {
	await page.goto('/sessions/no-such-session');
	await expect(page.getByText('Nothing is known of this session')).toBeVisible();
	await expectAccessible(page);
	await page.goto('/sessions?why=no-such-response');
	await expect(page.getByText('No response is known by no-such-response.')).toBeVisible();
});

test('what fails says why', async ({ page }) => {
	await page.route(endpoint('/sessions'), (route) => route.fulfill({ status: 503 }));
	await page.goto('/sessions');
	await expect(page.getByRole('alert')).toContainText('503');
	await page.goto('/sessions?from=2020-01-01&to=2020-01-02');
	await page.unroute(endpoint('/sessions'));
	await page.getByRole('button', { name: 'Try again' }).click();
	await expect(page.getByText('No usage between Jan 1, 2020 and Jan 2, 2020')).toBeVisible();
});

for (const width of [1280, 360]) {
	for (const [language, title] of [
		['en-US', 'Sessions'],
		['zh-CN', '会话']
	] as const) {
		test.describe(`${width} wide, ${language}`, () => {
			test.use({ viewport: { width, height: 800 }, locale: language });

			test('both pages fit and are accessible', async ({ page }) => {
				const { id } = await largest(page);
				await page.goto('/sessions?range=all');
				await expect(page).toHaveTitle(new RegExp(`^${title} · `));
				await expect(page.getByRole('table').getByRole('row').nth(1)).toBeVisible();
				await expectNoSidewaysScroll(page);
				await expectAccessible(page);
				await page.goto(`/sessions/${id}`);
				await expect(page.getByRole('figure')).toHaveCount(2);
				await expect(page.getByRole('table').first()).toBeVisible();
				await expectNoSidewaysScroll(page);
				await expectAccessible(page);
			});
		});
	}
}
