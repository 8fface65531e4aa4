import type { Page, Route } from '@playwright/test';
import type { Health, Problem } from '../src/lib/api/types';
import { dailyStats, health, homeAt, stats, usage } from '../src/testing/answers';
import {
	answer,
	chooseRange,
	endpoint,
	expect,
	expectAccessible,
	expectNoSidewaysScroll,
	expectSettled,
	inEachLanguage,
	openOverview,
	PLACES,
	test
} from './helpers';

const nothing = stats(usage(0, 0));

/** Has the server know of no usage at all. */
async function answerNothing(page: Page) {
	await answer(page, '/stats', nothing);
	await answer(page, '/stats/daily', dailyStats([]));
}

const busy: Problem = {
	type: 'about:blank',
	title: 'The database is busy',
	status: 503,
	detail: 'Another program holds a lock.',
	request_id: 'req-7f3a'
};

const refuse = (route: Route) =>
	route.fulfill({ status: busy.status, json: busy, contentType: 'application/problem+json' });

/** Everything that the pages ask for, but how the server is. */
const DATA = /\/api\/v1\/(?!health|ws)/;

/** Checks what holds for the page in every state: in both languages and themes. */
async function expectSound(page: Page) {
	for (const colorScheme of ['dark', 'light'] as const) {
		await page.emulateMedia({ colorScheme });
		await expectAccessible(page, 'colours');
	}
	await inEachLanguage(page, async () => {
		await expectAccessible(page, 'structure');
		await expectNoSidewaysScroll(page);
	});
}

for (const place of PLACES.filter(({ name }) => name !== 'nothing' && name !== 'explanation')) {
	test(`${place.name}: placeholders, then a problem, and then the numbers`, async ({ page }) => {
		const path = await place.path(page);
		const waiting: Route[] = [];
		let answers: 'late' | 'never' | 'at once' = 'late';
		await page.route(DATA, async (route) => {
			if (answers === 'late') waiting.push(route);
			else if (answers === 'never') await refuse(route);
			else await route.continue();
		});
		await page.goto(path);
		const placeholders = page.getByRole('main').locator('.skeleton');
		await expect(placeholders.first()).toBeVisible();
		await expect(page.getByRole('heading', { level: 1 })).toBeVisible();
		await expectAccessible(page);
		await expectNoSidewaysScroll(page);

		answers = 'never';
		await Promise.all(waiting.splice(0).map(refuse));
		const problem = page.getByRole('alert').first();
		await expect(problem).toContainText(busy.title);
		await expect(problem).toContainText('Another program holds a lock.');
		await expect(problem).toContainText('Request req-7f3a');
		// What fails all cards is said in full once.
		await expect(page.getByRole('alert')).toHaveCount(1);
		await expect(placeholders).toHaveCount(0);
		await expectAccessible(page);
		await expectNoSidewaysScroll(page);

		// No answer comes before the click, or there would be no button any more.
		answers = 'late';
		await problem.getByRole('button', { name: 'Try again' }).click();
		await expect.poll(() => waiting.length).toBeGreaterThan(0);
		answers = 'at once';
		await Promise.all(waiting.map((route) => route.continue()));
		await expect(page.getByRole('alert')).toHaveCount(0);
		await expectSettled(page);
	});
}

test('a page that waits for its first answer says so beside its title', async ({ page }) => {
	let release = () => {};
	const released = new Promise<void>((resolve) => (release = resolve));
	await page.route(endpoint('/stats'), async (route) => {
		await released;
		await route.continue();
	});
	await page.goto('/?range=30d');
	const words = page.getByRole('main').locator('h1 + p');
	await expect(words).toHaveText('Loading');
	await expect(words).toBeVisible();
	release();
	await expect(words).not.toHaveText('Loading');
	await expectSettled(page);
});

test('a failed card spares the others', async ({ page }) => {
	await page.route(endpoint('/stats/models'), refuse);
	await page.goto('/');
	await expect(page.getByRole('alert')).toContainText(busy.title);
	await expect(page.getByRole('group', { name: 'Tokens' })).toBeVisible();
	await expect(page.getByRole('table', { name: 'Projects' })).toBeVisible();
	await expect(page.getByRole('table', { name: 'Tools' })).toBeVisible();
	await expectSound(page);
});

test('numbers stay while they are requested again', async ({ page }) => {
	await openOverview(page, '?range=30d');
	const cost = page.getByRole('group', { name: /^Cost/ }).locator('data').first();
	const before = await cost.textContent();
	let release = () => {};
	const released = new Promise<void>((resolve) => (release = resolve));
	await page.route(DATA, async (route) => {
		await released;
		await route.continue();
	});
	await chooseRange(page, '7 days');
	await expect(page.locator('[aria-busy="true"] .bar').first()).toBeVisible();
	await expect(cost).toHaveText(before ?? '');
	await expect(page.locator('.skeleton')).toHaveCount(0);
	release();
	await expectSettled(page);
});

test('numbers are shown before the server says how it is', async ({ page }) => {
	let release = () => {};
	const released = new Promise<void>((resolve) => (release = resolve));
	await page.route(endpoint('/health'), async (route) => {
		await released;
		await route.continue();
	});
	await openOverview(page, '?range=30d');
	await expectSettled(page);
	await expect(page.getByRole('banner').getByRole('status')).toHaveText('Live');
	await expect(page.getByRole('alert')).toHaveCount(0);
	await expect(page.getByText(/^ctm \d/)).toHaveCount(0);
	release();
	await expect(page.getByText(/^ctm \d/)).toBeVisible();
});

test('a server that is away is named once, and the numbers come back with it', async ({ page }) => {
	await page.clock.install();
	await openOverview(page);
	const cost = page.getByRole('group', { name: /^Cost/ }).locator('data').first();
	const before = await cost.textContent();
	await page.route(/\/api\/v1\//, (route) => route.abort());
	await chooseRange(page, '7 days');
	// Once it is known that the server is away, rather than a single answer.
	await expect(page.getByRole('banner').getByRole('status')).toContainText('Offline');
	await expect(page.getByRole('alert')).toHaveCount(1);
	await expect(page.getByRole('alert')).toContainText('The server cannot be reached');
	await expect(cost).toHaveText(before ?? '');
	await expectSound(page);

	await page.unroute(/\/api\/v1\//);
	await page.clock.fastForward(5500);
	await expect(page.getByRole('alert')).toHaveCount(0);
	await expect(page.getByRole('banner').getByRole('status')).not.toContainText('Offline');
	await expectSettled(page);
});

test('a server that is away from the beginning is named once', async ({ page }) => {
	await page.route(/\/api\/v1\//, (route) => route.abort());
	await page.goto('/');
	await expect(page.getByRole('banner').getByRole('status')).toContainText('Offline');
	await expect(page.getByRole('alert')).toHaveCount(1);
	await expect(page.getByRole('alert')).toContainText('No connection to ctm');
	await expectSound(page);
});

test('old numbers stay when newer ones cannot be had', async ({ page }) => {
	await openOverview(page, '?range=30d');
	const cost = page.getByRole('group', { name: /^Cost/ }).locator('data').first();
	const before = await cost.textContent();
	await page.route(endpoint('/stats'), refuse);
	await chooseRange(page, '7 days');
	await expect(page.getByRole('alert')).toContainText('The numbers below are out of date.');
	await expect(cost).toHaveText(before ?? '');
	await expectSound(page);
});

test('a range without usage is reported, with a link to all days', async ({ page }) => {
	await answerNothing(page);
	await answer(page, '/health', health());
	await page.goto('/?range=7d');
	await expect(page.getByText('No usage between Jan 1, 2026 and Jan 30, 2026')).toBeVisible();
	await expectSound(page);
	await page.unroute(endpoint('/stats'));
	await page.unroute(endpoint('/stats/daily'));
	await page.getByRole('link', { name: 'Show all days' }).click();
	await expect(page).toHaveURL(/range=all/);
	await expect(page.getByRole('group', { name: 'Tokens' })).toBeVisible();
});

for (const name of ['models', 'projects', 'sessions', 'cache', 'tools']) {
	test(`${name}: a range without usage is reported`, async ({ page }) => {
		await page.goto(`/${name}?from=2020-01-01&to=2020-01-02`);
		await expect(page.getByText('No usage between Jan 1, 2020 and Jan 2, 2020')).toBeVisible();
		await expectAccessible(page);
		await expect(page.getByRole('link', { name: 'Show all days' })).toHaveAttribute(
			'href',
			/range=all/
		);
	});
}

test('trends of days before the first one have no data', async ({ page }) => {
	await page.goto('/trends?from=2020-01-01&to=2020-01-02');
	await expect(page.getByText('Jan 1 – 2, 2020: no data.')).toBeVisible();
});

for (const name of ['blocks', 'trends', 'history', 'audit', 'export']) {
	test(`${name}: a range without use has nothing broken in it`, async ({ page }) => {
		await page.goto(`/${name}?from=2020-01-01&to=2020-01-02`);
		await expectSettled(page);
		await expect(page.getByRole('alert')).toHaveCount(0);
		await expectNoSidewaysScroll(page);
		await expectAccessible(page);
	});
}

test('no use at all names the folder that is watched', async ({ page }) => {
	await answerNothing(page);
	await answer(page, '/health', health());
	await page.goto('/?range=all');
	await expect(page.getByText('No usage yet')).toBeVisible();
	await expect(page.getByText('/home/u/.claude')).toBeVisible();
	await expectSound(page);
});

test('the first reading shows how far it is, and then the numbers', async ({ page }) => {
	await page.routeWebSocket(/\/api\/v1\/ws/, () => {});
	await answerNothing(page);
	const scan = { state: 'scanning', files_total: 340, bytes_total: 1000 } as const;
	await answer(page, '/health', health({ ingest: { ...scan, files_done: 85, bytes_done: 250 } }));
	await page.goto('/');
	await expect(page.getByText('85 of 340 files')).toBeVisible();
	await expectSound(page);
	await answer(page, '/health', health({ ingest: { ...scan, files_done: 170, bytes_done: 500 } }));
	await expect(page.getByText('170 of 340 files')).toBeVisible();

	await answer(page, '/stats', stats(usage(1_234_567, 1)));
	await page.reload();
	await expect(page.getByText('the numbers are still growing')).toBeVisible();
	await expect(page.getByRole('group', { name: 'Tokens' })).toContainText('1.2M');
	await expectSound(page);
});

for (const [exists, words] of [
	[false, 'ctm looks for /mnt/claude and reads it as soon as it exists'],
	[true, '/mnt/claude exists, but ctm may not read it.']
] as const) {
	test(`a folder that ${exists ? 'cannot be read' : 'is missing'} is named with what to do`, async ({
		page
	}) => {
		await answerNothing(page);
		const claude_dir = { ...homeAt('/mnt/claude'), exists, readable: false };
		await answer(page, '/health', health({ claude_dir, claude_dirs: [claude_dir] }));
		await page.goto('/');
		await expect(page.getByText(words)).toBeVisible();
		await expectSound(page);
	});
}

test('an empty database is reported on every page, with what to do', async ({ page }) => {
	await page.clock.install();
	const database = { ...health().database, has_usage: false };
	const missing = { ...homeAt('/mnt/claude'), exists: false, readable: false };
	const scanning = {
		state: 'scanning',
		files_total: 340,
		files_done: 85,
		bytes_total: 1000,
		bytes_done: 250
	};
	const states: [Partial<Health>, string][] = [
		[{ claude_dir: missing, claude_dirs: [missing] }, 'No Claude home yet'],
		[{}, 'send a first prompt in Claude Code'],
		[{ ingest: scanning }, 'no action is needed']
	];
	// One handler for all states: a request between two handlers would reach the server.
	let current = health({ database });
	await page.route(endpoint('/health'), (route) => route.fulfill({ json: current }));
	const main = page.getByRole('main');
	/** Lets the page ask again until it shows a state; what it asks for is on its way at any moment. */
	const expectNext = (expectation: (timeout: { timeout: number }) => Promise<void>) =>
		expect(async () => {
			await page.clock.fastForward(31_000);
			await expectation({ timeout: 2000 });
		}).toPass();
	for (const path of ['/', '/trends', '/history', '/audit', '/sessions']) {
		await page.goto(`${path}?from=2020-01-01&to=2020-01-02`);
		for (const [state, words] of states) {
			current = health({ ...state, database });
			await expectNext((timeout) => expect(main).toContainText(words, timeout));
			await expect(page.getByRole('figure')).toHaveCount(0);
			if (!state.ingest) await expect(page.getByRole('button', { name: 'Export' })).toHaveCount(0);
		}
		await expectAccessible(page);
	}
	current = health();
	await expectNext((timeout) => expect(main).not.toContainText('no action is needed', timeout));
});

test('a demonstration is labelled', async ({ page }) => {
	await answer(page, '/health', health({ demo: true }));
	await openOverview(page);
	await expect(page.getByText('Demonstration: every figure here is made up.')).toBeVisible();
	await expect(page.getByRole('banner').getByRole('status')).toContainText('Live');
	await expectSound(page);
});

test('a server that cannot store data is not live until it recovers', async ({ page }) => {
	await page.clock.install();
	const message = 'the disk that holds the database is full; make room';
	const condition = {
		code: 'database_full',
		severity: 'unhealthy',
		since: '2026-01-30T11:00:00Z',
		message
	} as const;
	const full = health({ status: 'unhealthy', conditions: [condition], problems: [message] });
	await page.route(endpoint('/health'), (route) => route.fulfill({ status: 503, json: full }));
	await openOverview(page);
	const badge = page.getByRole('banner').getByRole('status');
	await expect(badge).toContainText('Not up to date');
	await expect(badge).toHaveAttribute('title', message);
	await expect(page.getByRole('main').getByRole('status')).toContainText('The disk is full since');
	await expectSound(page);
	await page.getByRole('button', { name: 'More' }).click();
	await page.getByRole('link', { name: 'Settings', exact: true }).click();
	const cards = page.getByRole('main');
	await expect(cards).toContainText('The disk is full');
	await expect(cards).toContainText(message);
	const reading = cards.locator('section').filter({ hasText: 'Reading' });
	await expect(reading).not.toContainText('Up to date');
	await expectSound(page);

	await page.unroute(endpoint('/health'));
	await page.clock.fastForward(30_500);
	await expect(badge).toContainText('Live');
	await expect(cards).not.toContainText('The disk is full');
});

for (const [code, title] of [
	['reading_behind', 'Reading falls behind since'],
	['database_locked', 'Another program has locked the database since'],
	['database_slow', 'The database does not respond in time since'],
	['home_unreadable', 'A Claude home cannot be read since']
] as const) {
	test(`${code} is reported above every page until it ends`, async ({ page }) => {
		await page.clock.install();
		const message = `${code}: what it is, and what to do`;
		const condition = {
			code,
			severity: 'degraded',
			since: '2026-01-30T11:00:00Z',
			message
		} as const;
		let conditions: Health['conditions'] = [condition];
		await page.route(endpoint('/health'), (route) =>
			route.fulfill({
				json: health({
					status: conditions.length > 0 ? 'degraded' : 'healthy',
					conditions,
					problems: conditions.map((found) => found.message)
				})
			})
		);
		await openOverview(page);
		const banner = page.getByRole('main').getByRole('status').filter({ hasText: title });
		await expect(banner).toContainText(message);
		await expect(page.getByRole('banner').getByRole('status')).toContainText('Not up to date');
		await page.getByRole('link', { name: 'Models', exact: true }).first().click();
		await expect(page.getByRole('heading', { level: 1 })).toHaveText('Models');
		await expect(banner).toBeVisible();
		await expectSound(page);
		conditions = [];
		await page.clock.fastForward(31_000);
		await expect(banner).toHaveCount(0);
		await expect(page.getByRole('banner').getByRole('status')).toContainText('Live');
	});
}

test('an unknown amount is a dash with a reason, never zero', async ({ page }) => {
	await answer(page, '/stats', stats(usage(1_234_567, null), { today: usage(5, null) }));
	await openOverview(page);
	const cost = page.getByRole('group', { name: /^Cost/ });
	await expect(cost).toContainText('–');
	await expect(cost).toContainText('No known price for the models used.');
	await expect(cost).not.toContainText('$');
	await expect(page.getByRole('group', { name: /^Cache hit rate/ })).toContainText('–');
	const subagents = page.getByRole('group', { name: /^Subagents/ });
	await expect(subagents).toContainText('–');
	await expect(subagents).toContainText('No known price for the models used.');
	await expectSound(page);
});

test('without subagents their share is zero, and leads nowhere', async ({ page }) => {
	await answer(page, '/stats', stats(usage(1_000, 2)));
	await openOverview(page);
	const subagents = page.getByRole('group', { name: /^Subagents/ });
	await expect(subagents.locator('data')).toHaveText('0.0%');
	await expect(subagents.getByRole('link')).toHaveCount(0);
	await expectSound(page);
});

test('the share of subagents is that in the cost, and in the tokens below it', async ({ page }) => {
	const part = { subagent_responses: 40, subagent_tokens: 250, subagent_cost_usd: 1.5 };
	const before = { ...usage(1_000, 2), subagent_cost_usd: 1 };
	const period = { from: '2026-01-01', to: '2026-01-30', until: null, known_from: null };
	const totals = { ...usage(1_000, 2), ...part };
	await answer(page, '/stats', stats(totals, { previous: { ...period, totals: before } }));
	await openOverview(page);
	await inEachLanguage(page, async (language) => {
		const name = language === 'English' ? /^Subagents/ : /^子代理/;
		const tile = page.getByRole('group', { name });
		await expect(tile.locator('data').first()).toHaveText('75.0%');
		await expect(tile).toContainText('+25');
		await expect(tile).toContainText('25.0%');
		const link = tile.getByRole('link', { name: language === 'English' ? 'Responses' : '响应' });
		await expect(link).toHaveAttribute('href', /\/responses\?.*sidechain=true/);
	});
	await expectSound(page);
});

test('unknown pages and ids are reported', async ({ page }) => {
	await page.goto('/sessions/no-such-session');
	await expect(page.getByText('No data for this session')).toBeVisible();
	await expectSound(page);
	for (const project of ['/home/u/50%/naïve & co', 'C:\\Users\\u\\项目', '/a%2Fb/c+d?e#f']) {
		await page.goto(`/projects/${encodeURIComponent(project)}`);
		await expect(page.getByText(`No transcript was ever written in ${project}.`)).toBeVisible();
	}
	await page.goto('/sessions?why=no-such-response');
	await expect(page.getByText('No response with the key no-such-response.')).toBeVisible();
});

test('a page that does not exist leads back', async ({ page }) => {
	await page.goto('/no-such-page');
	await expect(page.getByRole('heading', { name: 'Page not found' })).toBeAttached();
	await expect(page.getByRole('region', { name: 'Filter', exact: true })).toHaveCount(0);
	await page.getByRole('link', { name: 'Go to Overview' }).click();
	await expect(page.getByRole('group', { name: 'Tokens' })).toBeVisible();
});
