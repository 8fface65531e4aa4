import type { WorthStats } from '../src/lib/api/types';
import {
	answer,
	answerOf,
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

test('the share of subagents leads to exactly their responses', async ({ page }) => {
	const { totals } = await ask(page, '/stats', QUARTER);
	if (!totals.subagent_responses) throw new Error('there are responses of subagents');
	await page.goto('/?range=90d');
	const tile = page.getByRole('group', { name: /^Subagents/ });
	await tile.getByRole('link', { name: 'Responses' }).click();
	await expect(page).toHaveURL(
		({ pathname, searchParams }) =>
			pathname === '/responses' && searchParams.get('sidechain') === 'true'
	);
	await expectSettled(page);
	await expect(page.getByRole('status').filter({ hasText: /responses/ })).toContainText(
		totals.subagent_responses.toLocaleString('en-US')
	);
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
		const answer = (await (await answerOf(route)).json()) as WorthStats;
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
	await expect(plan).toContainText('No usage of this home.');
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
	await page.getByRole('radio', { name: 'Common projects' }).check();
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
		const views = await (await answerOf(route)).json();
		await route.fulfill({ json: { ...views, allowed: false } });
	});
	await page.goto('/sql');
	await expect(page.getByText('SQL is disabled on this server')).toBeVisible();
	await expect(page.getByRole('textbox')).toHaveCount(0);
	await expectAccessible(page);
});

test('while names are hidden, nothing is asked for with SQL', async ({ page }) => {
	await page.addInitScript(() => localStorage.setItem('ctm.redaction', 'on'));
	await page.goto('/sql');
	await expect(page.getByText('it is not shown while names are hidden')).toBeVisible();
	await expect(page.getByRole('textbox')).toHaveCount(0);
});

test('a cause and a version of cache misses lead to exactly their responses', async ({ page }) => {
	const found = (count: number) =>
		page
			.getByRole('status')
			.filter({ hasText: new RegExp(`(^|\\s)${count.toLocaleString('en-US')} responses?\\b`) });
	const { causes, items } = await ask(page, '/cache', { ...QUARTER, by: 'version', limit: 20 });
	const [cause] = causes;
	const version = items.find(({ key }) => key);
	if (!cause || !version?.key) throw new Error('there is a miss');
	await page.goto('/cache?range=90d&group=version');
	await page
		.getByRole('table', { name: 'Causes of cache misses', exact: true })
		.getByRole('link')
		.first()
		.click();
	await expect(page).toHaveURL(
		({ searchParams }) => searchParams.get('cache_miss') === `${cause.basis}:${cause.cause}`
	);
	await expectSettled(page);
	await expect(found(cause.misses)).toHaveCount(1);
	await expect(page.getByText('Only responses that missed the prompt cache:')).toBeVisible();
	await expectAccessible(page);
	await page.goBack();
	await page.getByRole('link', { name: version.key, exact: true }).click();
	await expectSettled(page);
	await expect(found(version.misses)).toHaveCount(1);
	await expect(page.getByText(`Only Version: ${version.key}.`)).toBeVisible();
	await page.getByRole('link', { name: 'Show all responses' }).click();
	await expect(page).not.toHaveURL(/cache_miss|version/);
});

test('a version that is compared leads to exactly its responses', async ({ page }) => {
	const { items } = await ask(page, '/compare/version', QUARTER);
	const first = items.find(({ key }) => key);
	if (!first?.key) throw new Error('there is a version');
	await page.goto('/compare?range=90d');
	await page.getByRole('link', { name: first.key }).click();
	await expectSettled(page);
	await expect(page.getByRole('status').filter({ hasText: 'responses' })).toContainText(
		first.responses.toLocaleString('en-US')
	);
});

test('what one percent of a limit buys is shown with its spread, its change and use elsewhere', async ({
	page
}) => {
	const limits = await ask(page, '/limits', {});
	const sample = {
		sampled_at: new Date().toISOString(),
		window: 'five_hour',
		used_percentage: 40,
		resets_at: null,
		source: null
	};
	await answer(page, '/limits', { ...limits, samples: [sample] });
	const calibration = await ask(page, '/limits/calibration', {});
	const rate = {
		from: '2026-05-01T00:00:00Z',
		to: '2026-05-20T00:00:00Z',
		observations: 12,
		tokens_lower: 900_000,
		tokens_per_percent: 1_000_000,
		tokens_upper: 1_100_000,
		usd_lower: 0.9,
		usd_per_percent: 1,
		usd_upper: 1.1,
		change: null,
		p_value: null
	};
	const limit = {
		source: null,
		window: 'five_hour',
		windows: 9,
		observations: 24,
		unpriced_observations: 0,
		rates: [rate, { ...rate, from: '2026-05-21T00:00:00Z', usd_per_percent: 0.5, change: -0.5 }],
		elsewhere_percent: 12,
		elsewhere_observations: 2,
		elsewhere: [{ from: rate.from, to: rate.to, percent: 12, unexplained_percent: 12 }],
		early_resets: []
	};
	const few = {
		...limit,
		window: 'seven_day',
		observations: 3,
		rates: [],
		elsewhere: [],
		elsewhere_percent: null
	};
	await answer(page, '/limits/calibration', { ...calibration, limits: [limit, few] });
	await page.goto('/blocks?range=30d');
	const table = page.getByRole('table', { name: 'What 1% of a limit buys' });
	const present = table.getByRole('row').nth(1);
	await expect(present).toContainText('$0.50');
	await expect(present).toContainText('$0.90 – $1.10');
	await expect(present).toContainText('-50.0%');
	await expect(table.getByRole('row').nth(2)).toContainText('$1.00');
	await expect(page.getByText(/at least 12\.0% was used elsewhere, in 2 rises/)).toBeVisible();
	await expect(page.getByText(/3 rises reported; 5 with known cost are needed/)).toBeVisible();
	await expectAccessible(page);
});

test('hooks are listed with how often they ran and how long they took', async ({ page }) => {
	const { items, totals } = await ask(page, '/hooks', QUARTER);
	const [longest] = items;
	if (!longest?.program) throw new Error('there is a hook');
	await page.goto('/by?range=90d');
	const table = page.getByRole('table', { name: 'Hooks' });
	await expect(table.getByRole('row')).toHaveCount(items.length + 2);
	const runs = await cellsUnder(table, 'Runs');
	await expect(runs.first()).toHaveText(longest.runs.toLocaleString('en-US'));
	await expect(runs.last()).toHaveText(totals.runs.toLocaleString('en-US'));
	const time = await cellsUnder(table, 'Total time');
	await expect(time.first().locator('data')).toHaveAttribute('value', String(longest.total_ms));
	await expect(table.getByRole('row').nth(1)).toContainText(longest.program);
	await expectAccessible(page);
});

test('a run without a duration or an outcome is marked, and without hooks the card says so', async ({
	page
}) => {
	const hooks = await ask(page, '/hooks', QUARTER);
	const times = {
		runs: 3,
		judged_runs: 2,
		failed_runs: 1,
		blocked_runs: 0,
		timed_runs: 1,
		total_ms: 1250,
		median_ms: 1250,
		p95_ms: 1250,
		max_ms: 1250,
		sessions: 1,
		last_at: hooks.meta.generated_at
	};
	const none = {
		judged_runs: 0,
		failed_runs: 0,
		total_ms: 0,
		timed_runs: 0,
		median_ms: null,
		p95_ms: null,
		max_ms: null
	};
	await answer(page, '/hooks', {
		...hooks,
		items: [
			{ ...times, runs: 2, program: 'lint.sh', event: 'PreToolUse', share_time: 1 },
			{ ...times, ...none, runs: 1, program: null, event: 'Stop', share_time: 0 }
		],
		totals: times
	});
	await page.goto('/by?range=90d');
	const table = page.getByRole('table', { name: 'Hooks' });
	await expect(table.getByRole('row', { name: 'lint.sh' })).toContainText('1.2s');
	await expect(table.getByRole('row', { name: 'lint.sh' })).toContainText('PreToolUse');
	const failed = await cellsUnder(table, 'Failed');
	await expect(failed.locator('data')).toHaveText(['1', '1']);
	await expect(failed.nth(1)).toContainText('–');
	await expect(page.getByText('1 run has no logged outcome')).toBeVisible();
	await expect(table.getByRole('row', { name: 'Unknown program' })).toContainText('–');
	await expect(page.getByText('2 runs have no logged duration')).toBeVisible();
	await page.unroute(endpoint('/hooks'));
	await answer(page, '/hooks', { ...hooks, items: [], totals: { ...times, ...none, runs: 0 } });
	await page.goto('/by?range=30d');
	const card = page
		.locator('section')
		.filter({ has: page.getByRole('heading', { name: 'Hooks' }) });
	await expect(card).toContainText('Nothing in this range.');
});

test('sessions at once are drawn by their number, with the most and the mean', async ({ page }) => {
	const { sessions, subagents, items } = await ask(page, '/concurrency', {
		range: '30d',
		bucket: 'day'
	});
	await page.goto('/by?range=30d');
	const chart = page.getByRole('figure').filter({ hasText: 'Sessions at once' });
	const figure = (label: string) =>
		chart.locator('dl > div').filter({ hasText: label }).locator('dd data');
	await expect(figure('Most sessions at once')).toHaveAttribute('value', String(sessions.peak));
	await expect(figure('Most subagents at once')).toHaveAttribute('value', String(subagents.peak));
	await expect(figure('Mean while active')).toHaveAttribute('value', String(sessions.mean));
	await chart.getByRole('radio', { name: 'Table' }).check();
	const table = chart.getByRole('table');
	await expect(await cellsUnder(table, 'Active time')).toHaveCount(items.length);
	for (const heading of ['1 session', '2 sessions', '3 or more']) {
		await expect(table.getByRole('columnheader', { name: heading })).toBeVisible();
	}
	await expectAccessible(page);
});

test('without any active session, the card says so', async ({ page }) => {
	const none = {
		peak: 0,
		peak_at: null,
		mean: null,
		active_ms: 0,
		one_ms: 0,
		two_ms: 0,
		more_ms: 0,
		total_ms: 0
	};
	const answered = await ask(page, '/concurrency', { range: '30d' });
	const empty = { ...answered, items: [], sessions: none, subagents: none };
	await answer(page, '/concurrency', empty);
	await page.goto('/by?range=30d');
	await expect(page.getByRole('figure').filter({ hasText: 'Sessions at once' })).toHaveCount(0);
	await expect(page.getByText('Nothing in this range.').first()).toBeVisible();
});
