import { readFileSync } from 'node:fs';
import type { ProjectStats, Sessions } from '../src/lib/api/types';
import {
	answerOf,
	ask,
	cellsUnder,
	endpoint,
	expect,
	expectSettled,
	largestSession,
	openOverview,
	test
} from './helpers';

/** Returns a number with its unit, as the page writes it. */
const counted = (count: number, unit: string) =>
	`${count.toLocaleString('en-US')} ${unit}${count === 1 ? '' : 's'}`;

/** The days of a week, as the server and the page call them. */
const DAY_NAMES = ['monday', 'tuesday', 'wednesday', 'thursday', 'friday', 'saturday', 'sunday'];
const DAYS = ['Mon', 'Tue', 'Wed', 'Thu', 'Fri', 'Sat', 'Sun'];

test('ranges of the calendar are chosen by name, and lead to each other', async ({ page }) => {
	await page.goto('/models?range=this-month');
	await expect(page.getByRole('button', { name: 'Range: This month' })).toBeVisible();
	await page.getByRole('button', { name: 'Previous period' }).click();
	await expect(page).toHaveURL(/range=last-month/);
	await page.getByRole('button', { name: 'Next period' }).click();
	await expect(page).toHaveURL(/range=this-month/);
});

test('a single day is drawn by hour, and an hour leads to its sessions', async ({ page }) => {
	const { buckets, totals } = await ask(page, '/stats/trends', { range: '90d' });
	const used = totals.findIndex((value) => (value ?? 0) !== 0);
	const day = buckets[used] ?? '';
	await openOverview(page, `?from=${day}&to=${day}`);
	const chart = page.getByRole('application', { name: 'Cost per hour by model' });
	await chart.focus();
	await page.keyboard.press('End');
	await page.keyboard.press('Enter');
	await expect(page).toHaveURL(/\/sessions\?.*since=.*&until=/);
	await expect(page.getByRole('link', { name: 'Show whole days' })).toBeVisible();
});

test('compared pages show previous amounts, and other pages have no choice of a comparison', async ({
	page
}) => {
	await page.goto('/models?range=30d');
	await expect(page.getByRole('columnheader', { name: /^Change/ })).toBeVisible();
	await page.getByRole('combobox', { name: 'Compare with' }).selectOption('No comparison');
	await expect(page.getByRole('columnheader', { name: /^Change/ })).toHaveCount(0);
	for (const path of ['/blocks', '/history', '/audit', '/export']) {
		await page.goto(`${path}?range=30d`);
		await expect(page.getByRole('button', { name: /^Range:/ })).toBeVisible();
		await expect(page.getByRole('combobox', { name: 'Compare with' })).toHaveCount(0);
	}
});

test('a session shows its change where it ran in both periods, and is new otherwise', async ({
	page
}) => {
	await page.route(endpoint('/sessions'), async (route) => {
		const response = await answerOf(route);
		const sessions = (await response.json()) as Sessions;
		const [both, other] = sessions.items;
		if (!both?.previous || !other?.previous) throw new Error('sessions are compared');
		both.previous = { ...both, cost_usd: 2, certainty: 'exact' };
		Object.assign(both, { cost_usd: 5, certainty: 'exact' });
		Object.assign(other.previous, { total_tokens: 0, cost_usd: 0 });
		await route.fulfill({ response, json: sessions });
	});
	await page.goto('/sessions?range=30d');
	await expectSettled(page);
	const change = await cellsUnder(page.getByRole('table', { name: 'Sessions' }), 'Change');
	await expect(change.nth(0)).toContainText(/\+150\.0%.*vs\. \$2\.00/);
	await expect(change.nth(1)).toHaveText(/^\s*new/);
	await expect(change.nth(0).getByRole('link')).toHaveAttribute('href', /\/changes\?.*by=session/);
	// Two lines have no room to say of most rows that they are new.
	await page.setViewportSize({ width: 360, height: 740 });
	const rows = page.getByRole('list', { name: 'Sessions' }).getByRole('listitem');
	await expect(rows.nth(0)).toContainText('+150.0%');
	await expect(rows.nth(1)).not.toContainText('Change');
});

test('projects and tools show their change, which leads to what changed', async ({ page }) => {
	await page.route(endpoint('/stats/projects'), async (route) => {
		const response = await answerOf(route);
		const projects = (await response.json()) as ProjectStats;
		const [more, fewer] = projects.items;
		if (!more?.previous || !fewer?.previous) throw new Error('projects are compared');
		Object.assign(more, { cost_usd: 5, certainty: 'exact' });
		Object.assign(more.previous, { cost_usd: 2, certainty: 'exact' });
		Object.assign(fewer.previous, { total_tokens: 0, cost_usd: 0, certainty: 'exact' });
		Object.assign(fewer, { cost_usd: 3, certainty: 'exact' });
		await route.fulfill({ response, json: projects });
	});
	await page.goto('/projects?range=30d');
	await expectSettled(page);
	const changes = await cellsUnder(page.getByRole('table', { name: 'Projects' }), 'Change');
	await expect(changes.nth(0)).toContainText(/\+150\.0%.*vs\. \$2\.00/);
	await expect(changes.nth(1)).toHaveText(/^\s*new/);
	const project = await changes.nth(0).getByRole('link').getAttribute('href');
	expect(project).toMatch(/^\/changes\?.*project=/);

	const { items } = await ask(page, '/stats/tools', { range: '30d', compare: 'previous' });
	const tool = items.find(({ calls, previous_calls: before }) => before && before !== calls);
	if (!tool?.previous_calls) throw new Error('there is a tool that was called before');
	const { calls, previous_calls: before } = tool;
	const percent = (Math.abs((calls - before) / before) * 100).toFixed(1);
	await page.goto('/tools?range=30d');
	await expectSettled(page);
	const row = page.getByRole('row', { name: new RegExp(`^${tool.tool} `) });
	const link = row.getByRole('link', { name: /: What changed/ });
	await expect(link).toContainText(`${calls > before ? '+' : '−'}${percent}%`);
	await expect(row).toContainText(`vs. ${before.toLocaleString('en-US')}`);
	await expect(link).toHaveAttribute('href', /^\/changes\?.*by=tool/);
});

/** The links of a list that lead away from it, and as many of its rows as are shown before more are asked for. */
const LISTS = [
	{ path: '/blocks?range=all', link: 'a[href*="/sessions?"]', more: true },
	{ path: '/projects?range=all', link: 'a[href*="/projects/"]', more: false },
	{ path: '/changes?range=30d&by=session', link: 'a[href*="/sessions/"]', more: false }
];

for (const { path, link, more } of LISTS) {
	test(`Back leads to the same rows and the same place of ${path}`, async ({ page }) => {
		// So low that every list is longer than the window.
		await page.setViewportSize({ width: 1280, height: 360 });
		await page.goto(path);
		await expectSettled(page);
		const links = page.getByRole('main').locator(`tbody ${link}`);
		const first = await links.count();
		if (more) {
			await page.getByRole('button', { name: 'Show more' }).click();
			await expect.poll(() => links.count()).toBeGreaterThan(first);
			await expectSettled(page);
		}
		const count = await links.count();
		const row = links.nth(count - 1);
		await row.scrollIntoViewIfNeeded();
		const top = await page.evaluate(() => scrollY);
		expect(top).toBeGreaterThan(0);
		const href = await row.getAttribute('href');
		await row.click();
		await expect(page).not.toHaveURL((url) => path === url.pathname + url.search);
		await expectSettled(page);
		await page.goBack();
		await expect(page).toHaveURL((url) => path === url.pathname + url.search);
		await expect(links).toHaveCount(count);
		await expect(row).toHaveAttribute('href', href ?? '');
		await expect(row).toBeInViewport();
		await expect.poll(() => page.evaluate(() => scrollY)).toBe(top);
	});
}

for (const list of ['sessions', 'responses'] as const) {
	test(`Back leads to the same rows and the same place of ${list}`, async ({ page }) => {
		const { total } = await ask(page, `/${list}`, { range: 'all', limit: 1 });
		await page.goto(`/${list}?range=all&compare=none`);
		const rows = page.getByRole('table').locator('tbody tr');
		await expectSettled(page);
		// A small home has no more sessions than are shown at first.
		const last = Math.min(60, total - 1);
		if (last >= 50) await page.getByRole('button', { name: 'Show more' }).scrollIntoViewIfNeeded();
		await expect(rows.nth(last)).toBeAttached();
		const row = rows.nth(last).locator('a[href*="/sessions/"]').first();
		await row.scrollIntoViewIfNeeded();
		const top = await page.evaluate(() => scrollY);
		await row.click();
		await expect(page).toHaveURL(/\/sessions\/.+/);
		await page.goBack();
		await expect(rows.nth(last)).toBeInViewport();
		await expect.poll(() => page.evaluate(() => scrollY)).toBe(top);
	});
}

test('Tab leaves a list that has more', async ({ page }) => {
	await page.goto('/responses?range=all');
	await expectSettled(page);
	const rows = page.getByRole('table').locator('tbody tr');
	const before = await rows.count();
	await rows.last().getByRole('link').first().focus();
	await page.keyboard.press('Shift+Tab');
	await page.keyboard.press('Tab');
	await page.keyboard.press('Tab');
	await page.keyboard.press('Tab');
	await expect(page.getByRole('button', { name: 'Show more' })).toBeFocused();
	expect(await rows.count()).toBe(before);
});

test('an hour of the week leads to exactly its sessions and responses', async ({ page }) => {
	const zone = 'Asia/Shanghai';
	const { peak, grid } = await ask(page, '/stats/activity', {
		range: '30d',
		tz: zone,
		metric: 'responses'
	});
	if (!peak) throw new Error('there is an hour with usage');
	const hour = `weekday=${DAY_NAMES[peak.weekday]}&hour=${peak.hour}`;
	await page.goto(`/sessions?range=30d&tz=${zone}&${hour}`);
	await page.getByRole('link', { name: 'View responses' }).click();
	await expect(page).toHaveURL(new RegExp(`/responses\\?.*${hour}`));
	const count = grid[peak.weekday]?.[peak.hour] ?? 0;
	await expect(page.getByRole('status').filter({ hasText: /responses?/ })).toContainText(
		`${counted(count, 'response')}.`
	);
});

test('a click on an hour of the week leads to exactly its sessions', async ({ page }) => {
	const { peak } = await ask(page, '/stats/activity', { range: '30d', metric: 'cost_usd' });
	if (!peak) throw new Error('there is an hour with usage');
	await page.goto('/trends?range=30d');
	await expectSettled(page);
	const grid = page.getByRole('application', { name: /by weekday and hour/ });
	await grid.scrollIntoViewIfNeeded();
	const middle = async (name: string, words: string) => {
		const box = await grid.locator(name, { hasText: words }).first().boundingBox();
		if (!box) throw new Error(`${words} is beside the hours`);
		return { x: box.x + box.width / 2, y: box.y + box.height / 2 };
	};
	// The names of the hours are above them, and those of the days beside them.
	const day = DAYS[peak.weekday] ?? '';
	const [first, last] = [await middle('text.hour', '00'), await middle('text.hour', '18')];
	const { y } = await middle('text:not(.hour)', day);
	await page.mouse.click(first.x + ((last.x - first.x) / 18) * peak.hour, y);
	await expect(page).toHaveURL(/\/sessions\?/);
	const { searchParams } = new URL(page.url());
	const hour = { weekday: DAY_NAMES[peak.weekday] ?? '', hour: String(peak.hour) };
	expect(Object.fromEntries(searchParams)).toMatchObject({ range: '30d', ...hour });
	const { total } = await ask(page, '/sessions', { range: '30d', ...hour, limit: 1 });
	expect(total).toBeGreaterThan(0);
	await expect(page.getByRole('status').filter({ hasText: /sessions?/ })).toContainText(
		counted(total, 'session')
	);
});

test('a click on a window leads to exactly its sessions and responses', async ({ page }) => {
	const { items } = await ask(page, '/blocks', { range: '30d', limit: 20 });
	const block = items.find(({ gap, active }) => !gap && !active);
	if (!block) throw new Error('there is a window that is over');
	await page.goto('/blocks?range=30d');
	await expectSettled(page);
	const over = items.filter(({ gap, active }) => !gap && !active);
	const link = page.getByRole('main').locator('tbody a[href*="/sessions?"]');
	await link.nth(items.some(({ active }) => active) ? 1 : 0).click();
	await expect(page).toHaveURL(/\/sessions\?.*since=.*&until=/);
	const { searchParams } = new URL(page.url());
	const since = searchParams.get('since') ?? '';
	const until = searchParams.get('until') ?? '';
	expect([Date.parse(since), Date.parse(until)]).toEqual([
		Date.parse(over[0]?.start_at ?? ''),
		Date.parse(over[0]?.end_at ?? '')
	]);
	await expect(page.getByRole('status').filter({ hasText: /sessions?/ })).toContainText(
		counted(block.sessions, 'session')
	);
	await page.getByRole('link', { name: 'View responses' }).click();
	await expect(page.getByRole('status').filter({ hasText: /responses?/ })).toContainText(
		`${counted(block.responses, 'response')}.`
	);
});

test('the failed calls of a tool are found from the number of them', async ({ page }) => {
	const { items } = await ask(page, '/stats/tools', { range: '30d' });
	const failing = items.find(({ errors }) => errors > 0);
	if (!failing) throw new Error('there is a tool that failed');
	await page.goto('/tools?range=30d');
	await page
		.getByRole('row', { name: new RegExp(`^${failing.tool} `) })
		.getByRole('link', { name: /View responses/ })
		.last()
		.click();
	await expect(page).toHaveURL(/\/responses\?.*failed=true/);
	await expect(
		page.getByText(`Only responses with a failed call of ${failing.tool}.`)
	).toBeVisible();
	await expectSettled(page);
	const { total } = await ask(page, '/responses', {
		range: '30d',
		tool: failing.tool,
		failed: true,
		limit: 1
	});
	expect(total).toBeGreaterThan(0);
	await expect(page.getByRole('status').filter({ hasText: /responses?/ })).toContainText(
		`${counted(total, 'response')}.`
	);
});

test('the calls of a tool lead to exactly the responses with them', async ({ page }) => {
	const { items } = await ask(page, '/stats/tools', { range: '30d' });
	const { tool } = items[0] ?? { tool: '' };
	const { total } = await ask(page, '/responses', { range: '30d', tool, limit: 1 });
	await page.goto('/tools?range=30d');
	await page
		.getByRole('row', { name: new RegExp(`^${tool} `) })
		.getByRole('link', { name: /View responses/ })
		.first()
		.click();
	await expect(page).toHaveURL(
		(url) => url.pathname === '/responses' && !url.searchParams.has('failed')
	);
	expect(total).toBeGreaterThan(0);
	await expect(page.getByRole('status').filter({ hasText: /responses?/ })).toContainText(
		`${counted(total, 'response')}.`
	);
});

test('a list names how many of its rows are shown only where there are more', async ({ page }) => {
	const { total } = await ask(page, '/stats/projects', { range: '30d', limit: 1 });
	await page.goto('/projects?range=30d');
	await expectSettled(page);
	expect(total).toBeLessThan(50);
	await expect(page.getByRole('main')).not.toContainText(`${total} of ${total} shown`);
	await page.goto('/responses?range=all');
	await expectSettled(page);
	await expect(page.getByRole('main')).toContainText(/50 of [\d,]+ shown/);
});

test('responses of a session are sorted by cost, output and time', async ({ page }) => {
	const { id } = await largestSession(page);
	await page.goto(`/sessions/${id}`);
	await expectSettled(page);
	const table = page.getByRole('table', { name: 'Responses', exact: true });
	await expect(table.getByRole('columnheader', { name: 'Time' })).toHaveAttribute(
		'aria-sort',
		'descending'
	);
	const { items } = await ask(page, `/sessions/${id}/responses`, { limit: 500 });
	for (const [heading, field] of [
		['Cost', 'cost_usd'],
		['Output', 'output_tokens']
	] as const) {
		await table.getByRole('button', { name: heading, exact: true }).click();
		const largest = Math.max(...items.map((item) => item[field] ?? 0));
		const cell = (await cellsUnder(table, heading)).first();
		if (field === 'cost_usd')
			await expect(cell.locator('data')).toHaveAttribute('value', String(largest));
		else await expect(cell).toHaveText(largest.toLocaleString('en-US'));
	}
});

test('a list is saved as it is shown', async ({ page }) => {
	const { items } = await ask(page, '/sessions', { range: '30d', limit: 1 });
	const { started_at: since = '' } = items[0] ?? {};
	const until = new Date(Date.parse(since ?? '') + 3_600_000).toISOString();
	const query = { range: '30d', since: since ?? '', until } as const;
	const { total } = await ask(page, '/responses', { ...query, limit: 1 });
	await page.goto(`/responses?${new URLSearchParams(query)}`);
	await page.getByRole('button', { name: 'Export' }).click();
	const file = page.waitForEvent('download');
	await page.getByRole('button', { name: 'NDJSON' }).click();
	const path = await (await file).path();
	expect(readFileSync(path, 'utf8').trim().split('\n')).toHaveLength(total);
});

test('a percentage opens what changed, which adds up', async ({ page }) => {
	await openOverview(page, '?range=7d');
	const tile = page.getByRole('group', { name: 'Cost' }).first();
	await tile.getByRole('link', { name: /What changed/ }).click();
	await expect(page).toHaveURL(/\/changes\?.*metric=cost_usd/);
	await expectSettled(page);
	const { total } = await ask(page, '/stats/changes', { range: '7d', metric: 'cost_usd' });
	const differences = (
		await cellsUnder(page.getByRole('table', { name: 'What changed', exact: true }), 'Difference')
	).locator('data');
	const values = await differences.evaluateAll((cells) =>
		cells.map((cell) => Number((cell as HTMLDataElement).value))
	);
	const sum = values.pop() ?? 0;
	expect(sum).toBeCloseTo(Number(total.difference), 6);
	expect(values.reduce((one, other) => one + other, 0)).toBeCloseTo(sum, 6);
	await page.goBack();
	await expect(page.getByRole('heading', { name: 'Overview' })).toBeVisible();
});

test('days before the first one have no data', async ({ page }) => {
	const { meta } = await ask(page, '/stats', { range: 'all' });
	const first = meta.first_day ?? '';
	const from = new Date(Date.parse(first) - 5 * 86_400_000).toISOString().slice(0, 10);
	await openOverview(page, `?from=${from}&to=${first}`);
	const chart = page.getByRole('application', { name: 'Cost per day by model' });
	await chart.focus();
	await page.keyboard.press('Home');
	await expect(page.getByText(/: no data$/).first()).toBeAttached();
	await expect(chart.locator('pattern')).toHaveCount(1);
	await expect(page.getByText(/No data before/).first()).toBeVisible();
});

test('a bar leads to exactly its sessions', async ({ page }) => {
	for (const step of ['day', 'week'] as const) {
		const { buckets, totals } = await ask(page, '/stats/trends', { range: '30d', bucket: step });
		const last = totals.findLastIndex((value) => (value ?? 0) > 0);
		await openOverview(page, `?range=30d&step=${step}`);
		const chart = page.getByRole('application', { name: /^Cost per/ });
		await chart.focus();
		await page.keyboard.press('End');
		for (let index = totals.length - 1; index > last; index -= 1)
			await page.keyboard.press('ArrowLeft');
		await page.keyboard.press('Enter');
		await expect(page).toHaveURL(/\/sessions\?/);
		const { searchParams } = new URL(page.url());
		const days = { from: searchParams.get('from') ?? '', to: searchParams.get('to') ?? '' };
		if (step === 'day') expect(days).toEqual({ from: buckets[last], to: buckets[last] });
		const { total } = await ask(page, '/sessions', { ...days, limit: 1 });
		await expect(page.getByRole('status').filter({ hasText: /sessions?/ })).toContainText(
			counted(total, 'session')
		);
	}
});

test('responses of a period are sorted by time, the earliest or the latest first', async ({
	page
}) => {
	await page.goto('/responses?range=30d');
	await expectSettled(page);
	const table = page.getByRole('table', { name: 'Responses', exact: true });
	const heading = table.getByRole('columnheader', { name: 'Time' });
	const times = table.locator('tbody time');
	for (const [order, direction] of [
		['asc', 'ascending'],
		['desc', 'descending']
	] as const) {
		await table.getByRole('button', { name: 'Time', exact: true }).click();
		await expect(heading).toHaveAttribute('aria-sort', direction);
		await expectSettled(page);
		const { items } = await ask(page, '/responses', { range: '30d', sort: 'at', order, limit: 50 });
		const sign = order === 'asc' ? 1 : -1;
		const moments = items.map(({ at }) => Date.parse(at));
		expect(moments).toEqual(moments.toSorted((one, other) => sign * (one - other)));
		const shown = () =>
			times.evaluateAll((all) => all.map((time) => Date.parse((time as HTMLTimeElement).dateTime)));
		await expect.poll(async () => (await shown()).slice(0, 50)).toEqual(moments);
	}
});

test('responses of a period are sorted by cost over several pages', async ({ page }) => {
	await page.goto('/responses?range=all');
	await expectSettled(page);
	const table = page.getByRole('table', { name: 'Responses', exact: true });
	await table.getByRole('button', { name: 'Cost', exact: true }).click();
	await expect(page).toHaveURL(/sort=cost/);
	await expectSettled(page);
	await page.getByRole('button', { name: 'Show more' }).scrollIntoViewIfNeeded();
	const costs = (await cellsUnder(table, 'Cost')).locator('data');
	await expect(costs.nth(59)).toBeAttached();
	const values = await costs.evaluateAll((cells) =>
		cells.map((cell) => Number((cell as HTMLDataElement).value))
	);
	expect(values).toEqual(values.toSorted((one, other) => other - one));
});
