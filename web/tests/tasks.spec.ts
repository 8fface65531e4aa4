/**
 * What a person wants to know or do. Tasks that change records of the server are beside the tests of these records:
 * notes, views and targets.
 */

import { readFileSync } from 'node:fs';
import type { Page } from '@playwright/test';
import type { Limits, Stats } from '../src/lib/api/types';
import { Formatter } from '../src/lib/format/format';
import { answer, ask, expect, expectSettled, ZONE } from './helpers';
import { task } from './task';

const RANGE = { range: '30d' } as const;
const format = new Formatter('en', ZONE);

/** Checks that the tile of the cost shows the cost of `stats`, and what it is compared with. */
async function expectCost(page: Page, { totals, previous }: Stats) {
	const tile = page.getByRole('group', { name: 'Cost (estimate)' });
	await expect(tile.locator('data').first()).toHaveAttribute('value', String(totals.cost_usd));
	if (!previous) throw new Error('there is a period of comparison');
	await expect(tile).toContainText(`vs. ${format.cost(previous.totals)}`);
}

/** Checks how many responses the list has. */
async function expectResponses(page: Page, total: number) {
	const count = page.getByRole('status').filter({ hasText: /\d responses?\b/ });
	await expect(count).toContainText(new RegExp(`(^|· )\\s*${format.count(total)} responses?\\b`));
}

task('this week against last week', async (page, mouse) => {
	await mouse.choose('This week');
	await expectCost(page, await ask(page, '/stats', { range: 'this-week', compare: 'previous' }));
});

task('what changed since last week', async (page, mouse) => {
	await mouse.choose('This week');
	const tile = page.getByRole('group', { name: 'Cost (estimate)' });
	await mouse.click(tile.getByRole('link', { name: /What changed/ }));
	await expectSettled(page);
	const query = {
		range: 'this-week',
		metric: 'cost_usd',
		by: 'model',
		compare: 'previous'
	} as const;
	const { items } = await ask(page, '/stats/changes', query);
	const rows = page.getByRole('table', { name: 'What changed' }).locator('tbody tr');
	for (const [at, { difference }] of items.slice(0, 2).entries()) {
		await expect(rows.nth(at).locator(`data[value="${difference}"]`).last()).toBeVisible();
	}
	const why = await ask(page, '/why', { range: query.range, compare: query.compare });
	const causes = page.getByRole('table', { name: 'Why the cost changed' }).locator('tbody tr');
	await expect(causes.last().locator(`data[value="${why.difference_usd}"]`).last()).toBeVisible();
});

task('today against yesterday until now', async (page, mouse) => {
	await mouse.choose('Today');
	const stats = await ask(page, '/stats', { range: 'today', compare: 'previous' });
	await expectCost(page, stats);
	const until = stats.previous?.until;
	if (!until) throw new Error('today is not over');
	// The server's answer for the page may be a minute older.
	await expect(page.getByRole('group', { name: 'Cost (estimate)' })).toContainText(
		/, until \d\d:\d\d/
	);
});

task('how near the limit is', async (page, mouse) => {
	const limits = await ask(page, '/limits', {});
	const now = Date.now();
	const [sampled_at, resets_at] = [now, now + 66 * 60_000].map((at) => new Date(at).toISOString());
	if (!sampled_at || !resets_at) throw new Error('there are two times');
	const rest = { percent_per_h: null, runs_out_at: null, sampled_at };
	const current = {
		five_hour: { used_percentage: 97, resets_at, ...rest },
		seven_day: { used_percentage: 41, resets_at: null, ...rest },
		others: [],
		source: null
	} as Limits['current'];
	await answer(page, '/limits', { ...limits, current });
	await mouse.click(page.getByRole('link', { name: 'Blocks', exact: true }));
	const main = page.getByRole('main');
	await expect(main).toContainText(/5 hours\s*97(\.0)?%/);
	await expect(main).toContainText(format.clock(resets_at));
});

task('the most expensive session, and what is in it', async (page, mouse) => {
	await mouse.click(page.getByRole('link', { name: 'Sessions', exact: true }));
	await mouse.click(page.getByRole('table').getByRole('button', { name: 'Cost', exact: true }));
	await expect(page).toHaveURL(/sort=cost_usd/);
	await expectSettled(page);
	const query = { ...RANGE, sort: 'cost_usd', order: 'desc', limit: 1 };
	const { items } = await ask(page, '/sessions', query);
	await mouse.click(page.getByRole('table').locator('tbody tr').first().getByRole('link').first());
	await expect(page).toHaveURL(new RegExp(`/sessions/${items[0]?.id}`));
	await expectSettled(page);
	await expect(page.locator(`data[value="${items[0]?.cost_usd}"]`).first()).toBeVisible();
	await expect(page.getByRole('table', { name: 'Responses', exact: true })).toBeVisible();
});

task('why an amount is what it is, down to the line', async (page, mouse) => {
	await mouse.click(page.getByRole('link', { name: 'Sessions', exact: true }));
	await expectSettled(page);
	await mouse.click(page.getByRole('table').locator('tbody tr').first().getByRole('link').first());
	const responses = page.getByRole('table', { name: 'Responses', exact: true });
	await mouse.click(responses.locator('tbody tr').first().getByRole('link').first());
	const dialog = page.getByRole('dialog');
	await expect(dialog.getByRole('heading', { name: 'Log lines' })).toBeVisible();
	const key = new URL(page.url()).searchParams.get('why') ?? '';
	const answered = await page.request.get(`/api/v1/responses/${encodeURIComponent(key)}`);
	const response: { cost_usd: number; lines: { file: string; line_offset: number }[] } =
		await answered.json();
	await expect(dialog).toContainText(format.fullPrice(response.cost_usd));
	for (const { file, line_offset } of response.lines) {
		await expect(dialog).toContainText(file);
		await expect(dialog).toContainText(`at byte ${format.count(line_offset)}`);
	}
});

task('what happened at three in the afternoon of a day last month', async (page, mouse) => {
	const query = { range: 'last-month', bucket: 'hour', metric: 'responses' } as const;
	const { buckets, totals } = await ask(page, '/stats/trends', query);
	const used = buckets.filter((_, index) => (totals[index] ?? 0) > 0);
	const since = used.find((start) => format.clock(start) === '15:00') ?? used[0];
	if (!since) throw new Error('there is usage last month');
	const day = new Intl.DateTimeFormat('sv', { timeZone: ZONE }).format(new Date(since));
	await mouse.click(page.getByRole('button', { name: /^Range:/ }));
	await page.getByLabel('From').fill(day);
	await page.getByLabel('To', { exact: true }).fill(day);
	await mouse.click(page.getByRole('button', { name: 'Apply' }));
	const chart = page.getByRole('application', { name: 'Cost per hour by model' });
	await expect(chart).toBeVisible();
	await mouse.clickBar(chart, format.moment(since));
	const until = new Date(Date.parse(since) + 3_600_000).toISOString();
	const { total } = await ask(page, '/responses', { from: day, to: day, since, until, limit: 1 });
	await expectResponses(page, total);
});

task('a month as CSV', async (page, mouse) => {
	const { meta, totals } = await ask(page, '/stats', { range: 'last-month' });
	const month = format.monthOfYear(meta.from);
	await mouse.find(month, new RegExp(`^Export ${month}`));
	await expectSettled(page);
	const file = page.waitForEvent('download');
	await mouse.click(page.getByRole('button', { name: 'Download' }));
	const [names = '', ...rows] = readFileSync(await (await file).path(), 'utf8')
		.trim()
		.split('\n');
	expect(rows).toHaveLength(Number(meta.to.slice(8)));
	const at = names.split(',').indexOf('responses');
	const sum = rows.reduce((whole, row) => whole + Number(row.split(',')[at]), 0);
	expect(sum).toBe(totals.responses);
});

task('two projects side by side', async (page, mouse) => {
	const { items } = await ask(page, '/stats/projects', { ...RANGE, sort: 'cost_usd', limit: 2 });
	const [one, other] = items;
	if (!one || !other) throw new Error('there are two projects');
	await mouse.click(
		page.getByRole('table', { name: 'Projects' }).getByRole('link', { name: one.label }).first()
	);
	await mouse.click(page.getByRole('button', { name: 'Compare with a project' }));
	await mouse.click(page.getByRole('option', { name: other.label }).first());
	const table = page.getByRole('table', { name: `${one.label} vs. ${other.label}` });
	const cost = table.getByRole('row', { name: /^Cost/ }).locator('data');
	await expect(cost).toHaveCount(3);
	for (const [at, { project }] of [one, other].entries()) {
		const { totals } = await ask(page, '/stats', { ...RANGE, project: [project] });
		await expect(cost.nth(at)).toHaveAttribute('value', String(totals.cost_usd));
	}
});

task('the tool that fails most, and its failing calls', async (page, mouse) => {
	const { items } = await ask(page, '/stats/tools', RANGE);
	const [worst] = items.toSorted((one, other) => other.errors - one.errors);
	if (!worst) throw new Error('there are tools');
	await mouse.click(page.getByRole('link', { name: /^All\s*: Tools$/ }));
	const table = page.getByRole('table').filter({ hasText: worst.tool });
	await mouse.click(table.getByRole('button', { name: 'Failed', exact: true }));
	await expect(page).toHaveURL(/sort=errors/);
	const first = table.locator('tbody tr').first();
	await expect(first).toContainText(`${worst.tool}`);
	await expect(first).toContainText(format.count(worst.errors));
	await mouse.click(first.getByRole('link', { name: /View responses/ }).last());
	const query = { ...RANGE, tool: worst.tool, failed: true, limit: 1 };
	const { total } = await ask(page, '/responses', query);
	await expectResponses(page, total);
});

task('the cost of subagents', async (page, mouse) => {
	await mouse.find('breakdown', /^Breakdown/);
	await mouse.click(page.getByRole('radio', { name: 'Subagent', exact: true }));
	await expectSettled(page);
	const { totals } = await ask(page, '/by/agent', RANGE);
	const sum = page.getByRole('table', { name: 'Breakdown' }).locator('tbody tr').last();
	await expect(sum.locator(`data[value="${totals.subagents.cost_usd}"]`)).toBeVisible();
	await expect(sum.locator(`data[value="${totals.cost_usd}"]`)).toBeVisible();
});

task('the saving by the 1-hour cache', async (page, mouse) => {
	await mouse.find('cache', /^Cache/);
	const { durations } = await ask(page, '/cache', { ...RANGE, limit: 1 });
	const row = page.getByRole('row', { name: /^1 hour [\d.]/ });
	for (const { duration, saving_usd } of durations) {
		if (duration === '1h') await expect(row.locator(`data[value="${saving_usd}"]`)).toBeVisible();
	}
	await expect(page.getByRole('row', { name: /^1-hour cache only/ })).toBeVisible();
});

task('whether history was lost', async (page, mouse) => {
	await mouse.find('history', /^History/);
	const { coverage } = await ask(page, '/stats/history', { limit: 1 });
	const none = coverage.filter(({ source }) => source === 'none').length;
	await expect(page.getByText(`${format.count(none)} without data`)).toBeVisible();
});

task('names hidden for a screenshot', async (page, mouse) => {
	const { items } = await ask(page, '/stats/projects', { ...RANGE, limit: 1 });
	await mouse.find('hide', /^Hide names/);
	const projects = page.getByRole('table', { name: 'Projects' });
	await expect(projects).toContainText(/Project [A-Z]\b/);
	await expect(page.getByText(items[0]?.label ?? '', { exact: true })).toHaveCount(0);
	await expect(page.getByText('Names hidden')).toBeVisible();
});
