import type { Locator, Page } from '@playwright/test';
import type { Health, Tokens, Usage } from '../src/lib/api/types';
import { costShareOfSubagents } from '../src/lib/format/share';
import { DATASETS, FIELDS } from '../src/routes/export/fields';
import {
	answer,
	ask,
	chooseRange,
	expect,
	expectSettled,
	largestProject,
	largestSession,
	openOverview,
	test
} from './helpers';
import { PATIENCE_MS } from '../src/testing/patience';

/** What every page shows here: most of what there is, within one answer. */
const RANGE = { range: '90d' } as const;
const QUERY = '?range=90d';

/** Another test may write meanwhile: both sides are asked again until they agree. */
async function agrees(compare: () => Promise<void>) {
	await expect(compare).toPass({ timeout: PATIENCE_MS / 2 });
}

/** Returns a number as it is written in full. */
const written = (number: number) => number.toLocaleString('en');

/** Returns a number as {@link rowsOf} and {@link figuresIn} find it, or what stands in its place. */
const exact = (number: number | null) => (number === null ? '–' : String(number));

/** Returns the cells of a table by their headings: the number as the server sent it, or the text. */
async function rowsOf(page: Page, name: string): Promise<Record<string, string>[]> {
	const table = page.getByRole('table', { name, exact: true });
	await expect(table).toBeVisible();
	return table.evaluate((table) => {
		const textOf = (cell: Element) => {
			const copy = cell.cloneNode(true) as Element;
			for (const hidden of copy.querySelectorAll('.visually-hidden, .note, .track')) {
				hidden.remove();
			}
			const text = copy.querySelector('data')?.value ?? copy.textContent.trim();
			return /^\d{1,3}(,\d{3})+$/.test(text) ? text.replaceAll(',', '') : text;
		};
		const headings = [...table.querySelectorAll('thead th')].map(textOf);
		return [...table.querySelectorAll('tbody tr:not(:has(.empty))')].map((row) =>
			Object.fromEntries(
				[...row.children].map((cell, index) => [headings[index] ?? '', textOf(cell)])
			)
		);
	});
}

/** Checks that a table shows `expected`, row by row, in the columns of `expected`. */
async function expectRows(page: Page, name: string, expected: Record<string, string>[]) {
	const rows = await rowsOf(page, name);
	expect(rows, name).toEqual(expected.map((row) => expect.objectContaining(row)));
}

/** Returns the figures side by side, by what they are called. */
async function figuresIn(place: Page | Locator): Promise<Record<string, string>> {
	const figures = await place
		.locator('dl:has(> div > dt) > div')
		.evaluateAll((all) =>
			all.map((figure) => [
				figure.querySelector('dt')?.firstChild?.textContent?.trim() ?? '',
				figure.querySelector('data')?.value ?? '–'
			])
		);
	return Object.fromEntries(figures) as Record<string, string>;
}

/** Returns the numbers of a tile: the first is that of the range, the second today's. */
function tile(page: Page, name: string | RegExp) {
	return page.getByRole('group', { name }).locator('data');
}

async function expectTile(page: Page, name: string | RegExp, values: (number | null)[]) {
	const known = values.filter((value) => value !== null).map(String);
	const numbers = await tile(page, name).evaluateAll((found) =>
		found.map((element) => (element as HTMLDataElement).value)
	);
	expect(numbers.slice(0, known.length), String(name)).toEqual(known);
}

const writes = ({ cache_write_5m_tokens, cache_write_1h_tokens }: Tokens) =>
	cache_write_5m_tokens + cache_write_1h_tokens;

const kinds = (tokens: Tokens) => ({
	'Uncached input': exact(tokens.input_tokens),
	Output: exact(tokens.output_tokens),
	'Cache read': exact(tokens.cache_read_tokens)
});

test('overview, in every range', async ({ page }) => {
	await openOverview(page);
	for (const [name, range] of [
		['30 days', '30d'],
		['Today', 'today'],
		['7 days', '7d'],
		['90 days', '90d'],
		['1 year', '1y'],
		['All', 'all']
	] as const) {
		await chooseRange(page, name);
		await expect(page).toHaveURL(new RegExp(`range=${range}`));
		await agrees(async () => {
			const { totals, today } = await ask(page, '/stats', { range });
			// Today is a line of its own where it is only a part.
			const of = (read: (usage: Usage) => number | null) =>
				range === 'today' ? [read(totals)] : [read(totals), read(today)];
			await expectTile(
				page,
				/^Cost/,
				of(({ cost_usd }) => cost_usd)
			);
			await expectTile(page, 'Tokens', [
				...of(({ total_tokens }) => total_tokens),
				totals.total_tokens - totals.output_tokens,
				totals.input_tokens,
				totals.output_tokens,
				totals.cache_read_tokens,
				totals.cache_write_5m_tokens,
				totals.cache_write_1h_tokens
			]);
			await expectTile(page, 'Sessions', [...of(({ sessions }) => sessions), totals.responses]);
			await expectTile(
				page,
				/^Cache hit rate/,
				of(({ cache_hit_rate }) => cache_hit_rate)
			);
			await expectTile(page, /^Subagents/, [
				...of(costShareOfSubagents),
				totals.subagent_responses ? totals.subagent_responses : null
			]);

			const projects = await ask(page, '/stats/projects', { range, sort: 'cost_usd', limit: 5 });
			const rows = await rowsOf(page, 'Projects');
			expect(rows.map(({ Cost }) => Cost)).toEqual(
				projects.items.map(({ cost_usd }) => exact(cost_usd))
			);
			const tools = await ask(page, '/stats/tools', { range });
			const most = tools.items.toSorted((one, other) => other.calls - one.calls).slice(0, 5);
			await expectRows(
				page,
				'Tools',
				most.map(({ calls }) => ({ Calls: String(calls) }))
			);
		});
	}
});

test('overview, day by day', async ({ page }) => {
	await openOverview(page, QUERY);
	const chart = page.getByRole('figure').filter({ hasText: 'Cost per day by model' });
	await chart.getByRole('radio', { name: 'Table' }).check();
	await expect(page.getByRole('table', { name: 'Cost per day by model' })).toBeVisible();
	await page.getByRole('radio', { name: 'Tokens' }).check();
	await agrees(async () => {
		const { days } = await ask(page, '/stats/daily', RANGE);
		await expectRows(
			page,
			'Tokens per day by model',
			days.toReversed().map((day) => ({
				// A day that only Claude Code's own statistics know is in no sum.
				Total: exact(day.stats_cache ? null : day.total_tokens)
			}))
		);
	});
});

test('models', async ({ page }) => {
	await page.goto(`/models${QUERY}&sort=total_tokens&order=desc`);
	await agrees(async () => {
		const { items } = await ask(page, '/stats/models', RANGE);
		await expectRows(
			page,
			'Models',
			items
				.toSorted((one, other) => other.total_tokens - one.total_tokens)
				.map((item) => ({
					...kinds(item),
					'Cache written, 5 min': exact(item.cache_write_5m_tokens),
					'Cache written, 1 h': exact(item.cache_write_1h_tokens),
					'Total tokens': exact(item.total_tokens),
					Cost: exact(item.cost_usd),
					Subagents: exact(costShareOfSubagents(item))
				}))
		);
	});
});

test('projects, in both orders', async ({ page }) => {
	await page.goto(`/projects${QUERY}`);
	for (const sort of ['cost_usd', 'total_tokens'] as const) {
		if (sort === 'total_tokens') await page.getByRole('button', { name: 'Tokens' }).click();
		await agrees(async () => {
			const { items } = await ask(page, '/stats/projects', { ...RANGE, sort, limit: 50 });
			await expectRows(
				page,
				'Projects',
				items.map((item) => ({
					Sessions: exact(item.sessions),
					Responses: exact(item.responses),
					'Cache hit rate': exact(item.cache_hit_rate),
					Tokens: exact(item.total_tokens),
					Cost: exact(item.cost_usd),
					Subagents: exact(costShareOfSubagents(item))
				}))
			);
		});
	}
});

test('a project', async ({ page }) => {
	const { project } = await largestProject(page);
	await page.goto(`/projects/${encodeURIComponent(project)}${QUERY}`);
	await agrees(async () => {
		const filter = { ...RANGE, project: [project] };
		const { totals } = await ask(page, '/stats', filter);
		expect(await figuresIn(page.getByRole('main'))).toMatchObject({
			'Cost (estimate)': exact(totals.cost_usd),
			Tokens: exact(totals.total_tokens),
			Sessions: exact(totals.sessions),
			Responses: exact(totals.responses),
			'Cache hit rate': exact(totals.cache_hit_rate),
			'Cache saving': exact(totals.cache_saving_usd)
		});
		const { items } = await ask(page, '/sessions', { ...filter, limit: 10 });
		await expectRows(
			page,
			'Sessions',
			items.map((item) => ({ Tokens: exact(item.total_tokens), Cost: exact(item.cost_usd) }))
		);
	});
});

test('sessions, and more of them', async ({ page }) => {
	await page.goto(`/sessions${QUERY}`);
	// More come as the end comes near.
	await page.getByRole('button', { name: 'Show more' }).scrollIntoViewIfNeeded();
	await agrees(async () => {
		const { items, total } = await ask(page, '/sessions', { ...RANGE, limit: 100 });
		expect(items).toHaveLength(total);
		await expect(page.getByRole('button', { name: 'Show more' })).toHaveCount(0);
		await expectRows(
			page,
			'Sessions',
			items.map((item) => ({
				Responses: exact(item.responses),
				Subagents: exact(item.subagents),
				Tokens: exact(item.total_tokens),
				Cost: exact(item.cost_usd)
			}))
		);
	});
});

test('a session, down to a line of a file', async ({ page }) => {
	const { id } = await largestSession(page);
	await page.goto(`/sessions/${id}`);
	const session = await ask(page, `/sessions/${id}`, {});
	const { items } = await ask(page, `/sessions/${id}/responses`, { limit: 50, order: 'desc' });
	await expectSettled(page);
	expect(await figuresIn(page.getByRole('main'))).toMatchObject({
		'Cost (estimate)': exact(session.cost_usd),
		Responses: exact(session.responses),
		Prompts: exact(session.prompts),
		'Uncached input': exact(session.input_tokens),
		Output: exact(session.output_tokens),
		'Cache read': exact(session.cache_read_tokens),
		'Cache written': exact(writes(session)),
		Subagents: exact(session.subagents)
	});
	await expectRows(
		page,
		'Responses',
		items.map((item) => ({
			...kinds(item),
			'Cache written': exact(writes(item)),
			'Context size': exact(item.context_tokens),
			Cost: exact(item.cost_usd),
			Lines: exact(item.copies)
		}))
	);

	const [newest] = items;
	if (!newest) throw new Error('there is a response');
	await page
		.getByRole('table', { name: 'Responses', exact: true })
		.getByRole('rowheader')
		.first()
		.click();
	await expect(page).toHaveURL(/why=/);
	const dialog = page.getByRole('dialog', { name: 'How it was counted' });
	await expect(dialog).toContainText(newest.key);
	await expect(dialog).toContainText(newest.source.file);
	await expect(dialog.locator(`data[value="${newest.cost_usd}"]`).first()).toBeVisible();
	await page.goBack();
	await expect(dialog).toBeHidden();
	await page.goForward();
	await expect(dialog).toBeVisible();
	await page.keyboard.press('Escape');
	await expect(dialog).toBeHidden();
	await expect(page).not.toHaveURL(/why=/);
});

test('blocks', async ({ page }) => {
	await page.goto(`/blocks${QUERY}`);
	await agrees(async () => {
		const { items, current } = await ask(page, '/blocks', { ...RANGE, limit: 100 });
		const windows = items.filter(({ gap }) => !gap);
		const rows = (await rowsOf(page, 'Windows and gaps')).filter(({ Tokens }) => Tokens);
		expect(rows).toEqual(
			windows.slice(0, rows.length).map((block) =>
				expect.objectContaining({
					Tokens: exact(block.total_tokens),
					Responses: exact(block.responses),
					Sessions: exact(block.sessions),
					Cost: exact(block.cost_usd)
				})
			)
		);
		expect(rows.length).toBeGreaterThan(10);
		if (!current) return;
		expect(await figuresIn(page.getByRole('main'))).toMatchObject({
			'Cost so far': exact(current.cost_usd),
			Tokens: exact(current.total_tokens)
		});
	});
});

for (const metric of ['cost_usd', 'output_tokens', 'cache_hit_rate'] as const) {
	test(`trends of ${metric}`, async ({ page }) => {
		await page.goto(`/trends${QUERY}&metric=${metric}&bucket=week`);
		await agrees(async () => {
			const { statistics } = await ask(page, '/stats/trends', { ...RANGE, metric, bucket: 'week' });
			expect(await figuresIn(page.getByRole('main'))).toMatchObject({
				Total: exact(statistics.total),
				Average: exact(statistics.avg),
				Lowest: exact(statistics.min),
				Highest: exact(statistics.max)
			});
		});
	});
}

test('cache', async ({ page }) => {
	await page.goto(`/cache${QUERY}`);
	await agrees(async () => {
		const { totals, today } = await ask(page, '/stats', RANGE);
		await expectTile(page, /^Cache hit rate/, [totals.cache_hit_rate, today.cache_hit_rate]);
		await expectTile(page, /^Saving/, [totals.cache_saving_usd, today.cache_saving_usd]);
		await expectTile(page, 'Cache read', [totals.cache_read_tokens, today.cache_read_tokens]);
		await expectTile(page, 'Cache writes', [writes(totals), writes(today)]);
		const { items } = await ask(page, '/stats/models', RANGE);
		await expectRows(
			page,
			'Models',
			items
				.toSorted((one, other) => other.cache_read_tokens - one.cache_read_tokens)
				.map((item) => ({
					'Cache hit rate': exact(item.cache_hit_rate),
					'Cache read': exact(item.cache_read_tokens),
					'Cache writes': exact(writes(item))
				}))
		);
	});
});

test('the extra cost of cache misses', async ({ page }) => {
	await page.goto(`/cache${QUERY}`);
	await agrees(async () => {
		const { causes, misses, items } = await ask(page, '/cache', { ...RANGE, limit: 20 });
		const row = (of: typeof misses) => ({
			Times: exact(of.misses),
			'Extra cost': exact(of.extra_usd)
		});
		await expectRows(page, 'Causes of cache misses', [...causes, misses].map(row));
		await expectRows(page, 'Misses by project, session or version', items.map(row));
	});
	const { items } = await ask(page, '/cache', { ...RANGE, by: 'session', limit: 1 });
	const id = items[0]?.key ?? '';
	await page.goto(`/sessions/${id}`);
	await agrees(async () => {
		const { cache_breaks } = await ask(page, `/sessions/${id}`, {});
		expect(cache_breaks.length).toBeGreaterThan(0);
		await expectRows(
			page,
			'Cache misses',
			cache_breaks.slice(0, 5).map((miss) => ({
				'Billed again': exact(miss.resent_tokens),
				'Extra cost': exact(miss.extra_cost_usd)
			}))
		);
	});
});

test('tools', async ({ page }) => {
	await page.goto(`/tools${QUERY}`);
	await agrees(async () => {
		const { items, calls, errors } = await ask(page, '/stats/tools', RANGE);
		expect(await figuresIn(page.getByRole('main'))).toMatchObject({
			Calls: exact(calls),
			Failed: exact(errors),
			'Distinct tools': exact(items.length)
		});
		await expectRows(
			page,
			"Claude Code's own tools",
			items
				.filter(({ mcp_server }) => mcp_server === null)
				.toSorted((one, other) => other.calls - one.calls)
				.map((tool) => ({
					Calls: exact(tool.calls),
					Failed: exact(tool.errors),
					Sessions: exact(tool.sessions)
				}))
		);
	});
});

test('history', async ({ page }) => {
	await page.goto('/history?range=all');
	await agrees(async () => {
		const { items, coverage } = await ask(page, '/stats/history', { limit: 50, order: 'desc' });
		await expectRows(
			page,
			'Snapshots',
			items.map(({ totals }) => ({
				Cost: exact(totals.cost_usd),
				Tokens: exact(totals.total_tokens),
				Responses: exact(totals.responses),
				Sessions: exact(totals.sessions)
			}))
		);
		const read = coverage.filter(({ source }) => source === 'events').length;
		await expect(page.getByRole('figure').first()).toContainText(`${read} days from transcripts`);
	});
});

test('a single snapshot is a point, and is said to be the only one', async ({ page }) => {
	const history = await ask(page, '/stats/history', { limit: 1 });
	await answer(page, '/stats/history', {
		...history,
		items: history.items.slice(0, 1),
		total: 1,
		next_cursor: null
	});
	await page.goto('/history');
	await expectSettled(page);
	const figure = page.getByRole('figure').filter({ hasText: 'Totals over time' });
	await expect(figure).toContainText(/: the only snapshot\./);
	const chart = figure.getByRole('application');
	const line = chart.locator('path.line');
	const { width = 0, height = 0 } = (await line.boundingBox()) ?? {};
	expect([width > 2, height > 2], 'the point is drawn').toEqual([true, true]);
	await chart.focus();
	await page.keyboard.press('End');
	await expect(chart.locator('[aria-live]')).toContainText('$');
	await expect(page.getByRole('table', { name: 'Snapshots' }).locator('tbody tr')).toHaveCount(1);
});

test('audit', async ({ page }) => {
	await page.goto(`/audit${QUERY}`);
	await agrees(async () => {
		const { lines, responses } = await ask(page, '/audit', RANGE);
		await expectRows(
			page,
			'Lines read',
			lines.map((home) => ({
				Transcripts: exact(home.files),
				Read: exact(home.read),
				Used: exact(home.used),
				Duplicate: exact(home.duplicate),
				Skipped: exact(Object.values(home.skipped).reduce((sum, lines) => sum + lines, 0))
			}))
		);
		expect(await figuresIn(page.getByRole('main'))).toMatchObject({
			Responses: exact(responses.totals.responses),
			'Without a final record': exact(responses.totals.unfinalised_responses),
			'Share of subagents': exact(responses.sidechain_share),
			'Tokens without a price': exact(responses.totals.unpriced_tokens)
		});
	});
});

test('a file has the rows that the page announces', async ({ page }) => {
	await page.goto(`/export${QUERY}`);
	await page.getByRole('radio', { name: 'Models' }).check();
	await page.getByRole('radio', { name: 'NDJSON' }).check();
	const { items } = await ask(page, '/stats/models', RANGE);
	await expect(page.getByText(`About ${items.length} rows,`)).toBeVisible();
	const saving = page.waitForEvent('download');
	await page.getByRole('button', { name: 'Download' }).click();
	const stream = await (await saving).createReadStream();
	let text = '';
	for await (const chunk of stream) text += chunk;
	const rows = text
		.trim()
		.split('\n')
		.map((line) => JSON.parse(line) as { model: string; output_tokens: number });
	const shown = ({ model, output_tokens }: { model: string; output_tokens: number }) =>
		`${model} ${output_tokens}`;
	expect(rows.map(shown).toSorted()).toEqual(items.map(shown).toSorted());
});

test('a searched list is exported as it is shown', async ({ page }) => {
	const all = await ask(page, '/sessions', RANGE);
	const branch = all.items.find(({ branch }) => branch !== null)?.branch ?? '';
	const { total } = await ask(page, '/sessions', { ...RANGE, search: branch });
	expect(total).toBeGreaterThan(0);
	expect(total).toBeLessThan(all.total);
	await page.goto(`/sessions${QUERY}&q=${encodeURIComponent(branch)}`);
	await expect(page.getByRole('status').filter({ hasText: `${total} matching` })).toBeVisible();
	await page.getByRole('button', { name: 'Export' }).click();
	const saving = page.waitForEvent('download');
	await page.getByRole('button', { name: 'NDJSON' }).click();
	const stream = await (await saving).createReadStream();
	let text = '';
	for await (const chunk of stream) text += chunk;
	expect(text.trim().split('\n')).toHaveLength(total);
	expect(
		text
			.trim()
			.split('\n')
			.every((row) => row.includes(branch))
	).toBe(true);
});

test('lists of every page can be saved', async ({ page }) => {
	const pages = ['models', 'projects', 'tools', 'blocks', 'changes'];
	for (const name of pages) {
		await page.goto(`/${name}${QUERY}`);
		await page.getByRole('button', { name: 'Export' }).click();
		const saving = page.waitForEvent('download');
		await page.getByRole('button', { name: 'CSV', exact: true }).click();
		expect((await saving).suggestedFilename()).toMatch(new RegExp(`^ctm-${name}-.*\\.csv$`));
	}
});

test('the fields to choose from are those of the files', async ({ page, baseURL }) => {
	for (const dataset of DATASETS) {
		const answer = await page.request.post('/api/v1/export', {
			headers: { origin: new URL(baseURL ?? '').origin },
			data: { dataset, format: 'csv', filter: { range: 'today' } }
		});
		const [head = ''] = (await answer.text()).split(/\r?\n/);
		expect(head.split(','), dataset).toEqual(FIELDS[dataset]);
	}
});

test('settings', async ({ page }) => {
	await page.goto('/settings');
	const { version, ingest, database } = (await ask(page, '/health', {})) as Health;
	const main = page.getByRole('main');
	await expect(main).toContainText(version);
	await expect(main).toContainText(database.path);
	await expect(main).toContainText(`of ${written(ingest.files_total)}`);
});

test('a model has the same colour on every page, in every range and at the next visit', async ({
	page
}) => {
	const colours = new Map<string, Set<string>>();
	const note = async (path: string) => {
		await page.goto(path);
		await expectSettled(page);
		const rows = page.getByRole('table', { name: 'Models' }).getByRole('rowheader');
		for (const row of await rows.all()) {
			const model = ((await row.textContent()) ?? '').trim();
			const colour = await row
				.locator('svg rect')
				.first()
				.evaluate((swatch) => getComputedStyle(swatch).fill);
			colours.set(model, new Set([...(colours.get(model) ?? []), colour]));
		}
	};
	for (const path of [
		'/models?range=7d',
		'/models?range=all',
		'/models?range=30d',
		'/models?range=7d'
	])
		await note(path);
	expect(colours.size).toBeGreaterThan(1);
	// An eighth model has no colour where seven others cost more.
	for (const of of colours.values()) of.delete('rgb(29, 38, 43)');
	expect([...colours].filter(([, of]) => of.size > 1)).toEqual([]);
});
