import type { Browser, Page } from '@playwright/test';
import type { NewLink } from '../src/lib/api/types';
import { expect, expectSettled, test } from './helpers';

/** The address of a server that has the page below a base path. */
const base = new URL(process.env.CTM_TEST_BASE_URL ?? 'http://127.0.0.1:51888/ctm/');

/** The token that the server asks for, if it does. */
const TOKEN = process.env.CTM_TEST_TOKEN;

/** The same without the slash at the end, which the server answers or redirects. */
const typed = base.href.replace(/\/$/, '');

// The certificate of the proxy is self-signed.
test.use({
	baseURL: base.href,
	viewport: { width: 1280, height: 900 },
	ignoreHTTPSErrors: true
});

/** What was logged as an error, failed, or was asked for elsewhere. */
let complaints: string[];
/** The addresses of the WebSockets. */
let sockets: string[];

test.beforeEach(async ({ page }) => {
	expect(base.pathname, 'CTM_TEST_BASE_URL has a path that ends with a slash').toMatch(/^\/.+\/$/);
	complaints = [];
	sockets = [];
	page.on('request', (request) => {
		const within = request.url().startsWith(base.href) || request.url() === typed;
		if (!within) complaints.push(`asked ${request.url()}`);
	});
	page.on('response', (response) => {
		if (response.status() >= 400) complaints.push(`${response.status()} from ${response.url()}`);
	});
	page.on('websocket', (socket) => sockets.push(socket.url()));
	page.on('console', (message) => {
		if (message.type() === 'error') complaints.push(message.text());
	});
	if (!TOKEN) return;
	await page.goto('');
	await logIn(page, TOKEN);
	await expectPage(page, '', 'Overview');
	sockets = [];
});

test.afterEach(() => {
	expect(complaints).toEqual([]);
});

/** Fills in the page that asks for a token. */
async function logIn(page: Page, token: string) {
	await page.getByLabel('Access token').fill(token);
	await page.getByRole('button', { name: 'Log in' }).click();
}

const title = (page: Page) => page.getByRole('heading', { level: 1 });
const pages = (page: Page) => page.getByRole('navigation', { name: 'Pages' });

/** Checks that the page at `path` below the base path is shown, under its name. */
async function expectPage(page: Page, path: string, name: string) {
	await expect(page).toHaveURL(
		(url) => url.origin === base.origin && url.pathname === base.pathname + path
	);
	await expect(title(page)).toHaveText(name);
	await expectSettled(page);
}

test('the overview is at the base path, and follows what happens', async ({ page }) => {
	await page.goto('');
	await expectPage(page, '', 'Overview');
	await expect(page.getByRole('banner').getByRole('status')).toHaveText('Live');
	expect(sockets).toEqual([new URL('api/v1/ws', base).href.replace(/^http/, 'ws')]);
	await expect(pages(page).getByRole('link', { name: 'Overview' })).toHaveAttribute(
		'aria-current',
		'page'
	);
});

test('the navigation leads to every page', async ({ page }) => {
	await page.goto('');
	for (const name of ['Models', 'Projects', 'Sessions', 'Blocks', 'Trends']) {
		const link = pages(page).getByRole('link', { name });
		await link.click();
		await expectPage(page, name.toLowerCase(), name);
		await expect(link).toHaveAttribute('aria-current', 'page');
	}
	for (const name of ['Cache', 'Tools', 'History', 'Audit', 'Export', 'Settings']) {
		await pages(page).getByRole('button').click();
		await page.getByRole('link', { name, exact: true }).click();
		await expectPage(page, name.toLowerCase(), name);
		await expect(pages(page).getByRole('button')).toHaveText(name);
	}
	await page.goBack();
	await expectPage(page, 'export', 'Export');
	await page.getByRole('banner').getByRole('link').first().click();
	await expectPage(page, '', 'Overview');
});

test('an address is opened directly, and leads on', async ({ page }) => {
	await page.goto('sessions?range=30d');
	await expectPage(page, 'sessions', 'Sessions');
	await expect(page).toHaveURL(/\?range=30d$/);
	await page.getByRole('main').getByRole('table').getByRole('link').first().click();
	await expect(page).toHaveURL((url) => url.pathname.startsWith(`${base.pathname}sessions/`));
	await expectSettled(page);
	await page.reload();
	await expectSettled(page);
	await expect(pages(page).getByRole('link', { name: 'Sessions' })).toHaveAttribute(
		'aria-current',
		'true'
	);
	await page.keyboard.press('g');
	await page.keyboard.press('m');
	await expectPage(page, 'models', 'Models');
});

test('the base path needs no slash at its end', async ({ page }) => {
	await page.goto(typed);
	await expectPage(page, '', 'Overview');
});

test('a wrong token is said to be wrong, and the right one leads to where it was asked for', async ({
	browser
}) => {
	test.skip(!TOKEN, 'the server asks for no token');
	const context = await browser.newContext({ ignoreHTTPSErrors: true, locale: 'en-US' });
	const stranger = await context.newPage();
	await stranger.goto(new URL('models?range=7d', base).href);
	await expect(stranger).toHaveURL((url) => url.pathname === `${base.pathname}login`);
	await expect(stranger.getByRole('alert')).toHaveCount(0);
	await expect(stranger.getByLabel('Access token')).toHaveAccessibleDescription(/CTM_AUTH_TOKEN/);
	await logIn(stranger, `${TOKEN}?`);
	await expect(stranger.getByRole('alert')).toHaveText('Wrong token.');
	await expect(stranger.getByLabel('Access token')).toHaveValue('');
	await logIn(stranger, TOKEN ?? '');
	await expectPage(stranger, 'models', 'Models');
	await expect(stranger).toHaveURL(/\?range=7d$/);
	await context.close();
});

test('requests of the API page are sent below the base path', async ({ page }) => {
	await page.goto('api/docs/');
	await expectPage(page, 'api/docs', 'API');
	const operation = page.locator('details#stats');
	await operation.locator('summary').first().click();
	await operation.getByRole('button', { name: 'Send request' }).click();
	await expect(operation.getByText(`curl '${base.href}api/v1/stats'`)).toBeVisible();
	await expect(operation.getByRole('region', { name: 'Response body' })).toContainText('"totals"');
});

test('the page is installed from below the base path', async ({ page }) => {
	await page.goto('');
	const href = await page.locator('link[rel="manifest"]').getAttribute('href');
	const address = new URL(href ?? '', base);
	const manifest = await (await page.request.get(address.href)).json();
	expect(new URL(manifest.start_url, address).href).toBe(base.href);
	expect(new URL(manifest.scope, address).href).toBe(base.href);
	for (const { src } of manifest.icons) {
		const icon = await page.request.get(new URL(src, address).href);
		expect(icon.headers()['content-type']).toBe('image/png');
	}
	const worker = await page.request.get(new URL('service-worker.js', base).href);
	expect(worker.headers()['content-type']).toContain('javascript');
});

/** The authorization by the token. */
const BEARER = { headers: { authorization: `Bearer ${TOKEN}` } };

/** Creates a read-only link, and opens it in another browser. */
async function visit(page: Page, browser: Browser, link: Omit<NewLink, 'name' | 'hours'>) {
	expect(TOKEN, 'links need a server with a token').toBeTruthy();
	const created = await page.request.post(new URL('api/v1/links', base).href, {
		...BEARER,
		data: { name: 'Visitor', hours: 1, ...link }
	});
	const { id, path } = await created.json();
	const context = await browser.newContext({ ignoreHTTPSErrors: true });
	const visitor = await context.newPage();
	await visitor.goto(new URL(path.slice(1), base).href);
	await expect(visitor).toHaveURL((url) => url.pathname === base.pathname && url.hash === '');
	await expect(visitor.getByText(/^Read-only until/)).toBeVisible();
	return { id, visitor, context };
}

/** The pages of a link by their names, `homes` for one that is not of a project. */
const VISITED = {
	all: ['Overview', 'Models', 'Projects', 'Sessions', 'Trends', 'Cache', 'Tools'],
	homes: ['Blocks']
};

/** Returns where the links of a page lead to, below the base path; a place within the page counts as the page. */
async function leads(page: Page): Promise<string[]> {
	const paths = await page
		.locator('a[href]')
		.evaluateAll((links) =>
			links.map((link) => new URL((link as HTMLAnchorElement).href).pathname)
		);
	return [...new Set(paths)].map((path) => path.slice(base.pathname.length));
}

/** Returns whether a link leads to `path`, or below it where that ends with a slash. */
function isAt(lead: string, path: string): boolean {
	return path.endsWith('/') ? lead.startsWith(path) : lead === path;
}

for (const scope of ['everything', 'project'] as const) {
	test(`every page of a link to ${scope} is whole, and offers nothing that is closed`, async ({
		page,
		browser
	}) => {
		const stats = await page.request.get(
			new URL('api/v1/stats/projects?sort=cost_usd&limit=1', base).href,
			BEARER
		);
		const of: string = (await stats.json()).items[0].project;
		const { visitor, context } = await visit(page, browser, {
			scope,
			names: true,
			...(scope === 'project' && { of })
		});
		// Before the server says that there is a link, the first page may send requests that no link permits.
		await visitor.waitForLoadState('networkidle');
		const refused: string[] = [];
		visitor.on('response', (response) => {
			if (response.status() >= 400) refused.push(`${response.status()} from ${response.url()}`);
		});
		const names = scope === 'project' ? VISITED.all : [...VISITED.all, ...VISITED.homes];
		const paths = names.map((name) => (name === 'Overview' ? '' : name.toLowerCase()));
		const open = [...paths, 'wall', 'projects/'];
		for (const path of [...paths, `projects/${encodeURIComponent(of)}`, 'wall']) {
			await visitor.goto(new URL(path, base).href);
			await expectSettled(visitor);
			await expect(visitor.getByRole('alert'), path).toHaveCount(0);
			for (const name of [/^Notes/, /^Saved views/, /^Export/]) {
				await expect(visitor.getByRole('button', { name }), path).toHaveCount(0);
			}
			const closed = (await leads(visitor)).filter(
				(lead) => !open.some((path) => isAt(lead, path))
			);
			expect(closed, path).toEqual([]);
		}
		await visitor.goto(base.href);
		await expectSettled(visitor);
		await visitor.keyboard.press('/');
		await expect(visitor.getByRole('combobox', { name: 'Search and commands' })).toBeVisible();
		await expect(visitor.getByRole('option', { name: /^Save/ })).toHaveCount(0);
		expect(refused).toEqual([]);
		await context.close();
	});
}

test('a read-only link opens in another browser, and cannot write', async ({ page, browser }) => {
	const { id, visitor, context } = await visit(page, browser, {
		scope: 'everything',
		names: false
	});
	await expect(visitor.getByRole('link', { name: 'Settings' })).toHaveCount(0);
	await visitor.goto(new URL('wall', base).href);
	await expect(visitor.locator('.figure data')).toHaveCount(2);
	await expectSettled(visitor);
	await expect(visitor.getByRole('alert')).toHaveCount(0);
	// Nothing leads there, but an address can be typed.
	for (const closed of ['alerts', 'budgets']) {
		await visitor.goto(new URL(closed, base).href);
		await expectSettled(visitor);
		await expect(visitor.getByRole('main').getByRole('alert')).toContainText('read-only link');
		await expect(visitor.getByRole('button', { name: 'Add' })).toHaveCount(0);
	}
	const refused = await visitor.evaluate(async () => {
		const body = JSON.stringify({ folders: {} });
		const answer = await fetch('api/v1/projects/rules', { method: 'PATCH', body });
		return answer.status;
	});
	expect(refused).toBe(403);
	const removed = await page.request.delete(new URL(`api/v1/links/${id}`, base).href, BEARER);
	expect(removed.ok()).toBe(true);
	await visitor.reload();
	await expect(visitor.getByLabel('Token')).toBeVisible();
	await context.close();
});
