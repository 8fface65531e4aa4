import type { Page } from '@playwright/test';
import { months } from '../src/testing/seals';
import {
	answer,
	ask,
	expect,
	expectAccessible,
	expectNoSidewaysScroll,
	expectSettled,
	inEachLanguage,
	test
} from './helpers';

const PLACE = '/data';

// One config file holds the rules of all.
test.describe.configure({ mode: 'default' });

/** Returns the projects as the server calls them, without that which live.spec.ts writes to meanwhile. */
async function projects(page: Page) {
	const { items } = await ask(page, '/projects/folders', { limit: 500 });
	return items.filter(({ project }) => project !== '/home/u/src/live');
}

/** Opens the list of projects, and returns the names of the two that cost the most. */
async function openList(page: Page): Promise<[string, string]> {
	const [first, second] = await projects(page);
	if (!first || !second) throw new Error('there are two projects');
	await page.goto(PLACE);
	await expectSettled(page);
	return [first.project, second.project];
}

const choose = (page: Page, project: string) =>
	page.getByRole('checkbox', { name: `Choose the project ${project}`, exact: true });

/** Makes the change that is shown. */
async function apply(page: Page) {
	const dialog = page.getByRole('dialog', { name: 'Preview of the change' });
	await dialog.getByRole('button', { name: 'Apply' }).click();
	await expect(dialog).toHaveCount(0);
}

test('projects are joined after a preview, and that is undone after a reload', async ({ page }) => {
	const [first, second] = await openList(page);
	const before = (await projects(page)).map(({ project }) => project);
	await choose(page, first).check();
	await choose(page, second).check();
	await page.getByLabel('Name of the project').fill('joined here');
	await page.getByRole('button', { name: 'Join', exact: true }).click();
	const preview = page.getByRole('dialog', { name: 'Preview of the change' });
	await expect(preview).toContainText(`${first} → joined here`);
	await expectAccessible(page);
	expect((await projects(page)).map(({ project }) => project)).toEqual(before);
	await apply(page);
	await expect(page.getByText('Joined as “joined here”.')).toBeVisible();
	await expect(choose(page, 'joined here')).toBeVisible();
	await expect(choose(page, first)).toHaveCount(0);
	const folders = page.getByRole('list', { name: 'Folders of joined here' });
	await expect(folders).toContainText(first);
	await expect(folders).toContainText('by a rule for this folder');
	const joined = (await projects(page)).find(({ project }) => project === 'joined here');
	expect(joined?.folders.map(({ folder }) => folder)).toEqual(
		expect.arrayContaining([first, second])
	);
	await page.reload();
	await expectSettled(page);
	await page.getByRole('button', { name: 'Undo' }).click();
	await expect(page.getByText('Undone.')).toBeVisible();
	await expect(choose(page, first)).toBeVisible();
	expect((await projects(page)).map(({ project }) => project)).toEqual(before);
});

test('a folder is split off after a preview, and that is undone', async ({ page }) => {
	await openList(page);
	const before = await projects(page);
	const whole = before.find(({ folders }) => folders.some(({ why }) => why === 'worktree'));
	const folder = whole?.folders.find(({ why }) => why === 'worktree')?.folder ?? '';
	if (!whole) throw new Error('there is a project with a worktree');
	const foldersOf = (of: typeof before) =>
		Object.fromEntries(
			of.map(({ project, folders }) => [project, folders.map((one) => one.folder).toSorted()])
		);
	await page.getByRole('button', { name: `Split off ${folder}`, exact: true }).click();
	const preview = page.getByRole('dialog', { name: 'Preview of the change' });
	await expect(preview).toContainText(`${whole.project} → ${folder}`);
	await expectAccessible(page);
	expect(foldersOf(await projects(page))).toEqual(foldersOf(before));
	await apply(page);
	await expect(
		page.getByText(`${folder} is now a separate project, no longer part of “${whole.project}”.`)
	).toBeVisible();
	await expect(choose(page, folder)).toBeVisible();
	await expect(choose(page, whole.project)).toBeVisible();
	expect(foldersOf(await projects(page))).toEqual({
		...foldersOf(before),
		[whole.project]: whole.folders
			.map((one) => one.folder)
			.filter((one) => one !== folder)
			.toSorted(),
		[folder]: [folder]
	});
	await page.getByRole('button', { name: 'Undo' }).click();
	await expect(page.getByText('Undone.')).toBeVisible();
	await expect(choose(page, folder)).toHaveCount(0);
	expect(foldersOf(await projects(page))).toEqual(foldersOf(before));
});

test('a project is renamed and its rule removed with the keys alone', async ({ page }) => {
	const [first] = await openList(page);
	await page.getByRole('button', { name: `Rename ${first}`, exact: true }).focus();
	await page.keyboard.press('Enter');
	const dialog = page.getByRole('dialog', { name: `Rename ${first}` });
	await dialog.getByLabel('Name of the project').fill('renamed here');
	await page.keyboard.press('Enter');
	await apply(page);
	await expect(dialog).toHaveCount(0);
	await expect(page.getByText(`“${first}” is now called “renamed here”.`)).toBeVisible();
	await expect(choose(page, 'renamed here')).toBeVisible();
	await page.getByRole('button', { name: `Remove the rule for ${first}`, exact: true }).focus();
	await page.keyboard.press('Enter');
	await apply(page);
	await expect(page.getByText(`Removed the rule for ${first}.`)).toBeVisible();
	await expect(choose(page, first)).toBeVisible();
});

test('a conflicting change of another page is reported and shown', async ({ page, context }) => {
	const [first] = await openList(page);
	await page.routeWebSocket(/\/api\/v1\/ws/, () => {});
	await page.reload();
	await expectSettled(page);
	const { version } = await ask(page, '/projects/rules', {});
	const change = (name: string | null, match: string) =>
		context.request.patch('/api/v1/projects/rules', {
			data: { folders: { [first]: name } },
			headers: { 'if-match': match, 'sec-fetch-site': 'same-origin' }
		});
	expect((await change('others', `"${version}"`)).status()).toBe(200);
	await page.getByRole('button', { name: `Rename ${first}`, exact: true }).click();
	await page.getByLabel('Name of the project').fill('mine');
	await page.keyboard.press('Enter');
	const preview = page.getByRole('dialog', { name: 'Preview of the change' });
	await preview.getByRole('button', { name: 'Apply' }).click();
	await expect(preview.getByRole('alert')).toContainText('The rules were changed elsewhere');
	await expect(preview).toContainText('others → mine');
	await preview.getByRole('button', { name: 'Cancel' }).click();
	await expect(choose(page, 'others')).toBeVisible();
	expect((await change(null, '*')).status()).toBe(200);
});

test('a file that cannot be written is shown with what to write', async ({ page }) => {
	await page.route('**/api/v1/projects/rules', (route) =>
		route.request().method() === 'PATCH'
			? route.fulfill({
					status: 409,
					contentType: 'application/problem+json',
					json: {
						type: 'about:blank',
						title: 'Conflict',
						status: 409,
						detail: 'cannot write `/etc/ctm/config.toml`: Read-only file system',
						instance: '/api/v1/projects/rules',
						request_id: '1',
						toml: '[project]\nmine = "/home/u/src/live"\n'
					}
				})
			: route.continue()
	);
	const [first] = await openList(page);
	await choose(page, first).check();
	await page.getByRole('button', { name: 'Join', exact: true }).click();
	await apply(page);
	await expect(page.getByRole('alert')).toContainText('Read-only file system');
	await expect(page.locator('pre')).toContainText('[project]');
	await expectAccessible(page);
});

for (const width of [1280, 360]) {
	test(`what is chosen stays in sight, ${width} wide`, async ({ page }) => {
		await page.setViewportSize({ width, height: 700 });
		const [first, second] = await openList(page);
		await choose(page, first).check();
		await choose(page, second).check();
		await expect(page.getByRole('form', { name: 'Join' })).toBeInViewport({ ratio: 1 });
		await expectNoSidewaysScroll(page);
		await expectAccessible(page);
		await page.getByRole('button', { name: 'Clear selection' }).click();
		await expect(page.getByRole('form', { name: 'Join' })).toHaveCount(0);
	});
}

test('search leaves what matches', async ({ page }) => {
	const [first, second] = await openList(page);
	await page.getByRole('searchbox').fill(first);
	await expect(choose(page, second)).toHaveCount(0);
	await expect(choose(page, first)).toBeVisible();
	await page.getByRole('searchbox').fill('no such folder');
	await expect(page.getByRole('main')).toContainText(/0 of [\d,]+ shown/);
});

test('a backup is made, compared and restored', async ({ page }) => {
	await page.goto(PLACE);
	await expectSettled(page);
	await page.getByRole('button', { name: 'Back up now' }).click();
	await expect(page.getByText('The backup is complete.')).toBeVisible();
	await page
		.getByRole('button', { name: /^Restore ctm-/ })
		.first()
		.click();
	const dialog = page.getByRole('dialog');
	await expect(dialog).toContainText('The backup is intact');
	await expectAccessible(page);
	await dialog.getByRole('button', { name: 'Replace the database' }).click();
	await expect(dialog).toHaveCount(0);
	await expect(page.getByText('The database was replaced by the backup.')).toBeVisible();
	await expect(page.getByRole('button', { name: /^Restore .*replaced-/ }).first()).toBeVisible();
});

test('a machine is shown with what counts of it, and removed after a preview', async ({ page }) => {
	const desk = {
		id: 'ab'.repeat(16),
		name: 'desk',
		level: 'names',
		exported_at: '2026-11-20T10:00:00.000Z',
		imported_at: '2026-11-20T11:00:00.000Z',
		responses: 1_234,
		counting: 1_200
	};
	let items = [desk];
	await page.route(/\/api\/v1\/machines(\/\w+)?$/, (route) => {
		if (route.request().method() !== 'DELETE') return route.fulfill({ json: { items } });
		items = [];
		return route.fulfill({ json: desk });
	});
	await page.goto(PLACE);
	await expectSettled(page);
	const table = page.getByRole('table', { name: 'Machines' });
	await expect(table.getByRole('row', { name: /desk/ })).toContainText('1,234');
	await expectAccessible(page);
	await page.getByRole('button', { name: 'Remove desk' }).click();
	const dialog = page.getByRole('dialog', { name: 'Remove desk' });
	await expect(dialog).toContainText('This removes 1,234 responses of the machine. 1,200 of them');
	await expectAccessible(page);
	await dialog.getByRole('button', { name: 'Cancel' }).click();
	await expect(table).toContainText('desk');
	await page.getByRole('button', { name: 'Remove desk' }).click();
	await dialog.getByRole('button', { name: 'Remove', exact: true }).click();
	await expect(page.getByText('desk was removed.')).toBeVisible();
	await expect(page.getByText('No usage of other machines was imported')).toBeVisible();
});

test('machines that push are shown, their tokens revoked, and others invited', async ({ page }) => {
	const desk = {
		id: 'ab'.repeat(16),
		name: 'desk',
		level: 'names',
		enrolled_at: '2026-11-20T10:00:00.000Z',
		revoked: false,
		pushed_at: '2026-11-20T11:00:00.000Z',
		acked: 12,
		skew_ms: 180_000,
		agent: 'ctm-push/0.1.0'
	};
	let machines = [desk];
	await page.route(/\/api\/v1\/team/, (route) => {
		const request = route.request();
		if (request.method() === 'POST') {
			expect(request.postDataJSON()).toEqual({ level: 'totals', uses: 1, hours: 24 });
			const json = { code: 'c0de', ends_at: '2026-11-21T10:00:00.000Z' };
			return route.fulfill({ status: 201, json });
		}
		if (request.method() === 'DELETE') machines = [{ ...desk, revoked: true }];
		return route.fulfill({ json: { hub: true, machines } });
	});
	await page.goto(PLACE);
	await expectSettled(page);
	const row = page.getByRole('table', { name: 'Pushes' }).getByRole('row', { name: /desk/ });
	await expect(row).toContainText('3m behind');
	await page.getByLabel('Discloses').selectOption('Totals only');
	await page.getByRole('button', { name: 'Create a code' }).click();
	const { origin } = new URL(page.url());
	await expect(page.getByText(`ctm push enrol ${origin}/ c0de`)).toBeVisible();
	await expectAccessible(page);
	await row.getByRole('button', { name: /desk/ }).click();
	const dialog = page.getByRole('dialog', { name: 'Revoke the token of desk' });
	await expectAccessible(page);
	await dialog.getByRole('button', { name: 'Revoke' }).click();
	await expect(row).toContainText('Token revoked');
	await expect(row.getByRole('button')).toHaveCount(0);
});

test('a server that is no hub says how it becomes one', async ({ page }) => {
	await page.goto(PLACE);
	await expectSettled(page);
	const section = page.locator('#team');
	await expect(section).toContainText('ctm serve --team');
	await expect(section.getByRole('button')).toHaveCount(0);
});

test('sealed months in every state fit on a phone, in both languages', async ({ page }) => {
	await answer(page, '/seals', { price_version: '2026-10-28', items: months });
	await page.setViewportSize({ width: 360, height: 800 });
	await page.goto(PLACE);
	await expectSettled(page);
	const seals = page.locator('#seals');
	await inEachLanguage(page, async (language) => {
		const [intact, broken] = language === '简体中文' ? ['完好', '已损坏'] : ['Intact', 'Broken'];
		await expect(seals).toContainText(intact);
		await expect(seals).toContainText(broken);
		for (const width of [360, 320, 1280]) {
			await page.setViewportSize({ width, height: 800 });
			await expectNoSidewaysScroll(page);
		}
		await expectAccessible(page);
	});
	await answer(page, '/seals', { price_version: '2026-10-28', items: [] });
	await page.reload();
	await expect(seals).toContainText(/No month is sealed yet|还没有封存的月份/);
});
