import type { Page } from '@playwright/test';
import { answerOf, ask, expect, expectSettled, open, openOverview, PLACES, test } from './helpers';

/** A part of every name that is planted. */
const MARKER = 'Xyzzy7Plugh';

const PLANTED_AT = '2026-03-11T10:00:00Z';

/** A note, a view and a link as the server sends them. */
const NOTE = { id: '1', created_at: PLANTED_AT, changed_at: PLANTED_AT, text: `note ${MARKER}` };
const VIEW = {
	id: '2',
	created_at: PLANTED_AT,
	changed_at: PLANTED_AT,
	name: `view ${MARKER}`,
	path: `/sessions?range=7d&project=%2Fsrc%2F${MARKER}&q=${MARKER}`
};
const LINK = {
	id: '3',
	name: `link ${MARKER}`,
	scope: 'home',
	of: `/home/${MARKER}/.claude`,
	names: true,
	created_at: PLANTED_AT,
	ends_at: PLANTED_AT,
	expired: true,
	last_used_at: null
};

/** Fields of responses and sessions that a name is planted in. */
const FIELDS = [
	'branch',
	'skill',
	'plugin',
	'agent_kind',
	'attributed_agent',
	'mcp_server',
	'mcp_tool',
	'team',
	'teammate'
];

/** Settings that contain names. */
const SETTINGS = ['allowed_hosts', 'cors_origins', 'machine_name', 'claude_dir', 'same_homes'];

type Fields = Record<string, unknown>;

/** Plants names in an answer of the server, wherever there are any that nothing is asked for by. */
function plant(path: string, answer: Fields, day: string) {
	if (path.endsWith('/notes')) answer.items = [{ ...NOTE, date: day }];
	if (path.endsWith('/markers')) answer.notes = [{ ...NOTE, date: day }];
	if (path.endsWith('/views')) answer.items = [VIEW];
	if (path.endsWith('/links')) Object.assign(answer, { allowed: true, items: [LINK] });
	if (path.endsWith('/config')) {
		for (const setting of answer.settings as Fields[]) {
			if (SETTINGS.includes(String(setting.name))) setting.value = `${MARKER}=~/x`;
		}
	}
	plantWithin(answer);
}

function plantWithin(value: unknown) {
	if (typeof value !== 'object' || value === null) return;
	if (Array.isArray(value)) return value.forEach(plantWithin);
	const fields = value as Fields;
	for (const [field, of] of Object.entries(fields)) {
		if (FIELDS.includes(field) && (typeof of === 'string' || of === null)) {
			fields[field] = `${field} ${MARKER}`;
		} else if (field === 'branches') fields[field] = [`branch ${MARKER}`];
		else if (field === 'source' && String(of).startsWith('/')) fields[field] = MARKER;
		else plantWithin(of);
	}
}

/** Plants names in all that the page asks for. */
async function plantNames(page: Page) {
	const { days } = await ask(page, '/stats/daily', { range: 'today' });
	const date = days[0]?.date ?? '';
	await page.route(/\/api\/v1\/(?!ws|openapi)/, async (route) => {
		const response = await answerOf(route);
		if (!response.headers()['content-type']?.includes('json')) return route.fulfill({ response });
		const body = await response.json();
		plant(new URL(route.request().url()).pathname, body, date);
		await route.fulfill({ response, json: body });
	});
}

/** Returns the names of the server that can be asked for. */
async function realNames(page: Page): Promise<string[]> {
	const { items } = await ask(page, '/projects/folders', { limit: 500 });
	const { items: tools } = await ask(page, '/stats/tools', { range: 'all' });
	return [
		...items.flatMap(({ project, folders }) => [project, ...folders.map(({ folder }) => folder)]),
		...tools.flatMap(({ tool, mcp_server }) => (mcp_server ? [tool] : []))
	].filter((name) => name.length > 2);
}

/** Does what the palette finds for `text`. */
async function command(page: Page, text: string) {
	await page.keyboard.press('/');
	await page.getByRole('combobox', { name: 'Search and commands' }).fill(text);
	await page.keyboard.press('Enter');
}

/** Returns all that is in the page: its document, its address, and what its fields contain. */
async function contentOf(page: Page): Promise<string> {
	const fields = await page
		.locator('input, textarea, select')
		.evaluateAll((found) => found.map((field) => (field as HTMLInputElement).value));
	return [await page.content(), page.url(), ...fields].join('\n');
}

test('hidden names are in no part of any page', async ({ page }) => {
	test.slow();
	const names = [MARKER, ...(await realNames(page))];
	const parts = [...new Set(names.flatMap((name) => [name, encodeURIComponent(name)]))];
	const expectHidden = async (where: string) => {
		const content = await contentOf(page);
		expect(
			parts.filter((part) => content.includes(part)),
			where
		).toEqual([]);
	};
	await plantNames(page);
	await openOverview(page);
	await expect(page.getByRole('button', { name: 'Notes (1)' })).toBeVisible();
	await command(page, 'hide names');
	await expect(page.getByText('Names hidden')).toBeVisible();
	for (const place of PLACES) {
		await open(page, place);
		await expectHidden(place.name);
	}
	await openOverview(page);
	await page.getByRole('button', { name: 'Notes (1)' }).click();
	await expect(page.getByRole('dialog', { name: 'Notes' })).toContainText('Note A');
	await expectHidden('notes');
	await page.keyboard.press('Escape');
	await page.getByRole('button', { name: 'Saved views' }).click();
	await expect(page.getByRole('link', { name: 'View A' })).toBeVisible();
	await expectHidden('views');
	await page.keyboard.press('Escape');
	await page.keyboard.press('/');
	await expect(page.getByRole('option', { name: 'View A' })).toBeAttached();
	await expectHidden('palette');
});

test('a view is saved with names while they are hidden, and leads there', async ({ page }) => {
	const { items } = await ask(page, '/projects/folders', { limit: 500 });
	const project = items.find(({ project }) => project !== '/home/u/src/live')?.project ?? '';
	let saved: Fields = {};
	await page.route(/\/api\/v1\/views$/, async (route) => {
		if (route.request().method() === 'POST') {
			saved = { ...VIEW, ...route.request().postDataJSON() };
			return route.fulfill({ status: 201, json: saved });
		}
		return route.fulfill({ json: { items: 'id' in saved ? [saved] : [] } });
	});
	await page.goto(`/trends?range=30d&project=${encodeURIComponent(project)}`);
	await expectSettled(page);
	await command(page, 'hide names');
	await expect(page.getByText('Names hidden')).toBeVisible();
	await expect(page).toHaveURL(/project=Project\+A/);
	await page.getByRole('button', { name: 'Saved views' }).click();
	await page.getByRole('textbox', { name: 'Name of the view' }).fill('mine');
	await page.keyboard.press('Enter');
	const link = page.getByRole('link', { name: 'View A' });
	await expect(link).toHaveAttribute('href', /^\/trends\?range=30d&project=Project\+A/);
	const { searchParams } = new URL(String(saved.path), 'http://server');
	expect(searchParams.get('project')).toBe(project);
	await page.goto('/models');
	await expectSettled(page);
	await page.getByRole('button', { name: 'Saved views' }).click();
	await link.click();
	await expect(page).toHaveURL(/\/trends\?range=30d&project=Project\+A/);
	await expectSettled(page);
	await expect(page.getByRole('alert')).toHaveCount(0);
});

test('the page of a project is found by its alias, and again by its name', async ({ page }) => {
	await openOverview(page);
	await command(page, 'hide names');
	await expect(page.getByText('Names hidden')).toBeVisible();
	await page.goto('/projects');
	await expectSettled(page);
	await page.getByRole('link', { name: 'Project A' }).first().click();
	await expect(page.getByRole('heading', { level: 1 })).toHaveText('Project A');
	await expect(page).toHaveURL(/Project%20A/);
	await command(page, 'show names');
	await expect(page.getByText('Names hidden')).toHaveCount(0);
	await expect(page).not.toHaveURL(/Project%20A/);
});
