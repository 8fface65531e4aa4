import { randomUUID } from 'node:crypto';
import { appendFileSync, readFileSync } from 'node:fs';
import { createRequire } from 'node:module';
import { expect, test as base, type Locator, type Page, type Route } from '@playwright/test';
import type { Filter, paths, Range } from '../src/lib/api/types';

/** The zone that playwright.config.ts gives the browser. */
export const ZONE = 'Asia/Shanghai';

/** The session in it. */
const SESSION = '5e551011-0000-4000-8000-000000000000';

/**
 * Returns the server's answer to a request that a test intercepts. It is sent again when the server has just closed the
 * connection, which it does 5 s after the last request on it.
 */
export function answerOf(route: Route) {
	return route.fetch({ maxRetries: 2 });
}

/** Appends a response to the transcript of the tests, as Claude Code does. */
export function appendResponse(
	usage: { output_tokens: number; cache_read_input_tokens?: number },
	at = new Date(),
	model = 'claude-opus-4-5-20251101'
) {
	const transcript = process.env.CTM_TEST_TRANSCRIPT;
	if (!transcript)
		throw new Error('CTM_TEST_TRANSCRIPT has to name a transcript that the server reads');
	const id = randomUUID().replaceAll('-', '');
	const line = {
		type: 'assistant',
		uuid: randomUUID(),
		timestamp: at.toISOString(),
		sessionId: SESSION,
		cwd: '/home/u/src/live',
		requestId: `req_${id}`,
		message: {
			id: `msg_${id}`,
			type: 'message',
			role: 'assistant',
			model,
			stop_reason: 'end_turn',
			usage: {
				input_tokens: 0,
				cache_read_input_tokens: 0,
				cache_creation_input_tokens: 0,
				...usage
			}
		}
	};
	appendFileSync(transcript, `${JSON.stringify(line)}\n`);
}

/** Log messages of requests and addresses that a test makes fail. */
const EXPECTED = /^Failed to load resource|^WebSocket connection/;

/** A test that fails when the page asks another origin for anything, or logs an error. */
export const test = base.extend<{ quiet: undefined }>({
	quiet: [
		async ({ page, baseURL }, use) => {
			const complaints: string[] = [];
			page.on('request', (request) => {
				const { origin } = new URL(request.url());
				if (origin !== new URL(baseURL ?? '').origin) complaints.push(`asked ${request.url()}`);
			});
			page.on('pageerror', (error) => complaints.push(String(error)));
			page.on('console', (message) => {
				if (message.type() === 'error' && !EXPECTED.test(message.text())) {
					complaints.push(message.text());
				}
			});
			await use(undefined);
			// A request that the page still waits for is of no interest once the test is over.
			await page.unrouteAll({ behavior: 'ignoreErrors' });
			expect(complaints).toEqual([]);
		},
		{ auto: true }
	]
});

export { expect };

/** What can be asked for, by its path below `/api/v1`. */
type Endpoint = {
	[Path in keyof paths]: paths[Path] extends { get: object }
		? Path extends `/api/v1${infer Rest}`
			? Rest
			: never
		: never;
}[keyof paths];

/** What can be asked for of one session, or of one kind of usage. */
type OfOne =
	`/sessions/${string}/responses` | `/sessions/${string}` | `/by/${string}` | `/compare/${string}`;

type Named<Path> = Path extends Endpoint
	? Path
	: Path extends `/sessions/${string}/responses`
		? '/sessions/{id}/responses'
		: Path extends `/sessions/${string}`
			? '/sessions/{id}'
			: Path extends `/by/${string}`
				? '/by/{what}'
				: Path extends `/compare/${string}`
					? '/compare/{what}'
					: never;

type Answer<Path extends Endpoint> = paths[`/api/v1${Path}`] extends {
	get: { responses: { 200: { content: { 'application/json': infer Body } } } };
}
	? Body
	: never;

/** Asks the server itself, as the page does. */
export async function ask<Path extends Endpoint | OfOne>(
	page: Page,
	path: Path,
	query: Filter & { limit?: number; [name: string]: unknown }
): Promise<Answer<Named<Path>>> {
	// These have no days.
	const zone = /\/(alerts|channels|health|history|notes|rules|views|sessions\/.*\/responses)$/.test(
		path
	)
		? {}
		: { tz: ZONE };
	const params = new URLSearchParams(
		Object.entries({ ...zone, ...query }).map(([name, value]) => [name, String(value)])
	);
	const response = await page.request.get(`/api/v1${path}`, { params });
	expect(response.ok(), `${path} answers ${response.status()}`).toBe(true);
	return response.json();
}

/** Has `path` answered with `body`, whatever the query. */
export async function answer<Path extends Endpoint>(page: Page, path: Path, body: Answer<Path>) {
	await page.route(endpoint(path), (route) => route.fulfill({ json: body }));
}

/** Returns a pattern for the requests to `path`, without those to what is below it. */
export function endpoint(path: Endpoint): RegExp {
	return new RegExp(`/api/v1${path}(\\?|$)`);
}

/** A page, and where it is. */
export interface Place {
	/** What the page is called in the tests. */
	name: string;
	path: (page: Page) => Promise<string>;
}

const at = (name: string, path: string): Place => ({ name, path: () => Promise.resolve(path) });

/** Every page, and what opens above one. */
export const PLACES: readonly Place[] = [
	at('overview', '/'),
	at('models', '/models'),
	at('projects', '/projects'),
	{
		name: 'project',
		path: async (page) => `/projects/${encodeURIComponent((await largestProject(page)).project)}`
	},
	at('sessions', '/sessions'),
	{ name: 'session', path: async (page) => `/sessions/${(await largestSession(page)).id}` },
	at('changes', '/changes'),
	at('by', '/by'),
	at('what-if', '/what-if?range=30d&as_model=claude-haiku-4-5&cache=1h'),
	at('worth', '/worth?range=90d'),
	at('compare', '/compare?range=90d'),
	at('budgets', '/budgets'),
	at('alerts', '/alerts'),
	at('responses', '/responses'),
	at('blocks', '/blocks'),
	at('trends', '/trends'),
	at('cache', '/cache'),
	at('tools', '/tools'),
	at('history', '/history'),
	at('audit', '/audit'),
	at('export', '/export'),
	at('sql', '/sql'),
	at('settings', '/settings'),
	at('data', '/data'),
	at('api', '/api/docs'),
	{
		name: 'explanation',
		path: async (page) => {
			const { id } = await largestSession(page);
			const { items } = await ask(page, `/sessions/${id}/responses`, { limit: 1 });
			return `/sessions/${id}?why=${encodeURIComponent(items[0]?.key ?? '')}`;
		}
	},
	at('nothing', '/no-such-page')
];

/** The page for a screen in a room, which has no controls. */
export const WALL: Place = at('wall', '/wall');

/** The days that pages show: CTM_TEST_RANGE names others for a home that is not of these days. */
const RANGE = (process.env.CTM_TEST_RANGE ?? '30d') as Range;

/** Returns the session of the last days with the most responses. */
export async function largestSession(page: Page) {
	const { items } = await ask(page, '/sessions', { range: RANGE, limit: 500 });
	const [first] = items.toSorted((one, other) => other.responses - one.responses);
	if (!first) throw new Error('there is a session');
	return first;
}

/** Returns the project of the last days with the highest cost. */
export async function largestProject(page: Page) {
	const { items } = await ask(page, '/stats/projects', {
		range: RANGE,
		sort: 'cost_usd',
		limit: 1
	});
	const [first] = items;
	if (!first) throw new Error('there is a project');
	return first;
}

/** Waits until everything that was asked for is shown. */
export async function expectSettled(page: Page) {
	await expect(page.getByRole('heading', { level: 1 })).toBeAttached();
	await expect(page.locator('.skeleton, [aria-busy="true"]')).toHaveCount(0);
}

/** Opens a page and waits until it is filled. */
export async function open(page: Page, place: Place) {
	const path = await place.path(page);
	const range = `${path.includes('?') ? '&' : '?'}range=${RANGE}`;
	const response = await page.goto(process.env.CTM_TEST_RANGE ? path + range : path);
	await expectSettled(page);
	if (place.name === 'explanation') await expect(page.getByRole('dialog')).toBeVisible();
	return response;
}

/** Opens the overview and waits until all its cards are filled. */
export async function openOverview(page: Page, query = '') {
	await page.goto(`/${query}`);
	await expect(page.getByRole('group', { name: 'Tokens' }).locator('data').first()).toBeVisible();
	await expect(page.getByRole('application').first()).toBeVisible();
}

/** Opens the choice of days, and chooses one of the ranges there. */
export async function chooseRange(page: Page, name: string) {
	await page.getByRole('button', { name: /^(Range|范围):/ }).click();
	await page.getByRole('link', { name, exact: true }).click();
}

/** The languages of the page; it ends with the one that it begins with. */
const LANGUAGES = ['简体中文', 'English'] as const;
export type SpokenLanguage = (typeof LANGUAGES)[number];

/** Checks the page in each language; it is in English afterwards. */
export async function inEachLanguage(
	page: Page,
	check: (language: SpokenLanguage) => Promise<void>
) {
	for (const language of LANGUAGES) {
		await test.step(language, async () => {
			await speak(page, language);
			await check(language);
		});
	}
}

/** Has the page in the other language. */
export async function speak(page: Page, language: SpokenLanguage) {
	if (
		(await page.locator('html').getAttribute('lang'))?.startsWith('zh') ===
		(language !== 'English')
	)
		return;
	if (await page.getByRole('dialog').isVisible()) {
		// What is below cannot be reached.
		await page.evaluate(
			(locale) => localStorage.setItem('ctm.locale', locale),
			language === 'English' ? 'en' : 'zh'
		);
		await page.reload();
		await expect(page.getByRole('dialog')).toBeVisible();
		return;
	}
	const button = page
		.getByRole('banner')
		.getByRole('button', { name: language === 'English' ? 'EN' : '中文' });
	if (await button.isVisible()) {
		await button.click();
		return;
	}
	const navigation = page.getByRole('navigation');
	await navigation.getByRole('button').click();
	await navigation.getByRole('radio', { name: language }).check();
	await page.keyboard.press('Escape');
}

const axeSource = readFileSync(
	createRequire(import.meta.url).resolve('axe-core/axe.min.js'),
	'utf8'
);

/** Groups of rules of axe: `colours` depend on the theme, `structure` on the language and the width. */
const RULES = {
	everything: {},
	colours: { runOnly: ['color-contrast'] },
	structure: { rules: { 'color-contrast': { enabled: false } } }
};

/** Checks the page, as it is, against the accessibility guidelines, or a group of them. */
export async function expectAccessible(page: Page, group: keyof typeof RULES = 'everything') {
	// Evaluated rather than added as a script, which the content security policy would refuse.
	if (!(await page.evaluate(() => 'axe' in globalThis))) await page.evaluate(axeSource);
	// Only violations: to send the whole result takes longer than the checks.
	const options = JSON.stringify({
		runOnly: ['wcag2a', 'wcag2aa', 'wcag21a', 'wcag21aa', 'wcag22aa', 'best-practice'],
		resultTypes: ['violations'],
		// Styles and sounds of elsewhere, which the content security policy keeps out.
		preload: false,
		...RULES[group]
	});
	const checks = `axe.run(document, ${options}).then(({ violations }) =>
		violations.map(({ id, nodes }) => ({
			id,
			nodes: nodes.map(({ html, failureSummary }) => html + '\\n' + failureSummary)
		}))
	)`;
	const violations = await page.evaluate<{ id: string; nodes: string[] }[]>(checks);
	expect(violations).toEqual([]);
}

/** Checks that nothing is wider than the window once the page has its new width. */
export async function expectNoSidewaysScroll(page: Page) {
	const overhang = () =>
		page.evaluate(
			() => document.documentElement.scrollWidth - document.documentElement.clientWidth
		);
	await expect.poll(overhang).toBe(0);
}

/** Returns the cells of the column of `table` with a heading. */
export async function cellsUnder(table: Locator, heading: string): Promise<Locator> {
	const headings = await table.getByRole('columnheader').allInnerTexts();
	const index = headings.findIndex((text) => text.trim().startsWith(heading));
	return table.locator(`tbody tr > :nth-child(${index + 1})`);
}
