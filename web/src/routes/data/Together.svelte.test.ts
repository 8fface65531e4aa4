import { fireEvent, render, screen, within } from '@testing-library/svelte';
import { afterEach, expect, test, vi } from 'vitest';
import type { FoldersOfProject, ProjectRules, StartFolder } from '$lib/api/types';
import { meta } from '../../testing/answers';
import InApp from '../../testing/InApp.svelte';
import Together from './Together.svelte';

const usage = {
	responses: 3,
	sessions: 1,
	total_tokens: 10,
	cost_usd: 1.5,
	certainty: 'exact' as const,
	unpriced_tokens: 0,
	first_at: '2026-03-01T10:00:00.000Z',
	last_at: '2026-03-05T10:00:00.000Z'
};

const start = (folder: string, of: Partial<StartFolder> = {}): StartFolder => ({
	folder,
	why: of.rule ? 'rule' : of.repository ? 'worktree' : 'itself',
	repository: null,
	rule: null,
	...usage,
	...of
});

const items: FoldersOfProject[] = [
	{
		project: '/dev/lens',
		label: 'lens',
		folders: [start('/dev/lens'), start('/wt/one', { repository: '/dev/lens' })],
		...usage
	},
	{ project: 'shop', label: 'shop', folders: [start('/old', { rule: '/old' })], ...usage },
	{ project: '/dev/notes', label: 'notes', folders: [start('/dev/notes')], ...usage }
];

const rules: ProjectRules = {
	version: 'v1',
	file: '/home/dev/.config/ctm/config.toml',
	editable: true,
	folders: { '/old': 'shop', '/gone': 'shop' },
	undo: null
};

const preview = {
	meta,
	items: [{ project: '/dev/notes', label: 'notes', before: usage, after: null }],
	moves: [{ folder: '/dev/notes', from: '/dev/notes', to: 'shop', ...usage }]
};

const json = (body: object, status = 200) =>
	new Response(JSON.stringify(body), {
		status,
		headers: { 'content-type': status === 200 ? 'application/json' : 'application/problem+json' }
	});

/** Applies the change that is shown. */
async function apply() {
	await fireEvent.click(await screen.findByRole('button', { name: 'Apply' }));
}

/** Draws the projects; the server answers a change by `answer`, and others by a preview and the rules. */
function draw(
	given: Partial<ProjectRules> = {},
	answer = { ...rules, version: 'v2' } as object,
	status = 200
) {
	const asked: { match: string | null; body: unknown }[] = [];
	const refresh = vi.fn();
	vi.stubGlobal('fetch', async (request: Request) => {
		if (request.url.endsWith('/preview')) return json(preview);
		if (request.method === 'GET') return json({ ...rules, version: 'v3' });
		asked.push({ match: request.headers.get('if-match'), body: await request.json() });
		return json(answer, status);
	});
	const all = { meta, items, total: items.length };
	render(InApp, { component: Together, given: { all, rules: { ...rules, ...given } }, refresh });
	return { asked, refresh };
}

const button = (name: string | RegExp) => screen.getByRole('button', { name });
const box = (name: string) => screen.getByRole('checkbox', { name });

afterEach(() => vi.unstubAllGlobals());

test('a project shows the folders that fall together in it, with why and how much', () => {
	draw();
	const folders = within(screen.getByRole('list', { name: 'Folders of /dev/lens' }));
	const [own, tree] = folders.getAllByRole('listitem');
	expect(own?.textContent).toMatch(
		/\/dev\/lens.*the project’s own folder.*3 responses.*\$1\.50.*Mar 1\s–\s5, 2026/s
	);
	expect(tree?.textContent).toMatch(/\/wt\/one.*worktree of \/dev\/lens/s);
	expect(screen.queryByRole('list', { name: 'Folders of /dev/notes' })).toBeNull();
	expect(screen.getByText('/gone').closest('li')?.textContent).toContain('→ shop');
});

test('what is chosen is joined under a name, and that can be taken back', async () => {
	const back = { '/dev/notes': null, '/wt/one': null };
	const { asked, refresh } = draw({}, { ...rules, version: 'v2', undo: back });
	await fireEvent.click(box('Choose the project /dev/notes'));
	await fireEvent.click(box('Choose the folder /wt/one'));
	const bar = screen.getByRole('form', { name: 'Join' });
	expect(bar.textContent).toContain('2 chosen');
	expect(bar.textContent).toContain('/dev/notes and /wt/one');
	const name = screen.getByLabelText<HTMLInputElement>('Name of the project');
	expect(name.value).toBe('notes');
	await fireEvent.input(name, { target: { value: ' shop ' } });
	expect(bar.textContent).toContain('“shop” already exists');
	await fireEvent.submit(bar);
	const dialog = await screen.findByRole('dialog', { name: 'Preview of the change' });
	expect(dialog.textContent).toContain('$1.50 · 3 responses');
	expect(dialog.textContent).toContain('does not exist');
	expect(dialog.textContent).toContain('/dev/notes → shop');
	expect(asked).toEqual([]);
	await apply();
	const undo = await screen.findByRole('button', { name: 'Undo' });
	expect(screen.getByText('Joined as “shop”.')).toBeTruthy();
	expect(screen.queryByRole('form', { name: 'Join' })).toBeNull();
	expect(refresh).toHaveBeenCalledOnce();
	await fireEvent.click(undo);
	await screen.findByText('Undone.');
	expect(asked).toEqual([
		{ match: '"v1"', body: { folders: { '/dev/notes': 'shop', '/wt/one': 'shop' } } },
		{ match: '"v2"', body: { folders: { '/dev/notes': null, '/wt/one': null } } }
	]);
});

test('the latest change can be undone after a reload', () => {
	draw({ undo: { '/old': null } });
	expect(screen.getByText('The latest change of projects can be undone.')).toBeTruthy();
	expect(button('Undo')).toBeTruthy();
});

test('a folder is split off, and a rule is removed', async () => {
	const { asked } = draw();
	await fireEvent.click(button('Split off /wt/one'));
	await apply();
	await screen.findByText(/\/wt\/one is now a separate project/);
	await fireEvent.click(button('Remove the rule for /old'));
	await apply();
	await screen.findByText('Removed the rule for /old.');
	await fireEvent.click(button('Remove the rule for /gone'));
	await apply();
	await screen.findByText('Removed the rule for /gone.');
	expect(asked.map(({ body }) => body)).toEqual([
		{ folders: { '/wt/one': '/wt/one' } },
		{ folders: { '/old': null } },
		{ folders: { '/gone': null } }
	]);
});

test('only matches are shown, with their number', async () => {
	draw();
	await fireEvent.input(screen.getByRole('searchbox'), { target: { value: 'WT' } });
	expect(screen.queryByRole('checkbox', { name: 'Choose the project shop' })).toBeNull();
	expect(box('Choose the project /dev/lens')).toBeTruthy();
	expect(screen.getByText('1 of 3 shown')).toBeTruthy();
});

test('a file that cannot be written is named with what belongs in it', async () => {
	const toml = '[project]\nlens = "/dev/lens"\n';
	const problem = { type: 'about:blank', title: 'Conflict', status: 409, detail: 'no room', toml };
	draw({}, problem, 409);
	await fireEvent.click(button('Split off /wt/one'));
	await apply();
	const alert = await screen.findByRole('alert');
	expect(alert.textContent).toContain('no room');
	expect(screen.getByText(/Write this into .*config\.toml/)).toBeTruthy();
	expect(screen.getByText((_, element) => element?.tagName === 'PRE')?.textContent).toBe(toml);
});

test('a change that came too late is shown anew, based on the present rules', async () => {
	const problem = { type: 'about:blank', title: 'Precondition Failed', status: 412, detail: 'x' };
	const { asked, refresh } = draw({}, problem, 412);
	await fireEvent.click(button('Split off /wt/one'));
	await apply();
	expect((await screen.findByRole('alert')).textContent).toContain(
		'The rules were changed elsewhere in the meantime'
	);
	expect(refresh).toHaveBeenCalledOnce();
	await apply();
	await vi.waitFor(() => expect(asked.map(({ match }) => match)).toEqual(['"v1"', '"v3"']));
});

test('a server that changes nothing offers nothing to change', () => {
	draw({ editable: false });
	expect(screen.queryByRole('checkbox')).toBeNull();
	expect(screen.queryByRole('button', { name: /Rename|Split|Remove/ })).toBeNull();
	expect(screen.getByText(/disabled on this server/)).toBeTruthy();
});
