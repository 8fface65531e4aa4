// @vitest-environment node
import { expect, test } from 'vitest';
import { hideAddress, revealAddress } from './address';
import { Aliases, letters, readAliases } from './aliases';
import { hide, hidePaths, reveal } from './bodies';

const WORDS = {
	project: 'Project',
	folder: 'Folder',
	branch: 'Branch',
	session: 'Session',
	file: 'File',
	agent: 'Subagent',
	skill: 'Skill',
	plugin: 'Plugin',
	server: 'MCP server',
	tool: 'MCP tool',
	home: 'Home',
	team: 'Team',
	title: 'Session',
	view: 'View',
	note: 'Note',
	link: 'Link'
};
const fresh = () => new Aliases(WORDS, [], () => {});

test('after Z come two letters', () => {
	expect([0, 25, 26, 51, 52, 701, 702].map(letters)).toEqual([
		'A',
		'Z',
		'AA',
		'AZ',
		'BA',
		'ZZ',
		'AAA'
	]);
});

test('a name has one alias, also after a reload', () => {
	const aliases = fresh();
	expect([aliases.of('project', '/dev/shop'), aliases.of('project', '/dev/notes')]).toEqual([
		'Project A',
		'Project B'
	]);
	const again = readAliases(aliases.stored(), () => {});
	expect(again?.of('project', '/dev/notes')).toBe('Project B');
	expect(again?.of('folder', '/dev/notes')).toBe('Folder A');
	expect(again?.behind('Project A')).toBe('/dev/shop');
	expect(readAliases('not JSON', () => {})).toBeNull();
	const earlier = JSON.stringify({ words: { project: 'Project' }, names: [] });
	expect(readAliases(earlier, () => {})).toBeNull();
});

test('no name of a project or of what belongs to it is in a hidden body', () => {
	const body = {
		meta: { from: '2026-03-01', to: '2026-03-11' },
		items: [
			{
				project: '/dev/secret',
				label: 'secret',
				cost_usd: 1.5,
				folders: [{ folder: '/dev/secret', repository: null, rule: '/dev/secret/x', why: 'itself' }]
			}
		],
		moves: [{ folder: '/dev/secret', from: '/dev/secret', to: 'secret shop' }],
		folders: { '/dev/secret': 'secret shop' },
		undo: { '/dev/secret': null },
		branch: 'secret-branch',
		file: 'projects/-dev-secret/a.jsonl',
		source: '/home/secret/.claude',
		problems: ['cannot read `/home/secret/.claude`: denied'],
		group: 'project',
		series: [
			{ key: '/dev/secret', label: 'secret' },
			{ key: null, label: 'other' }
		],
		model: 'claude-opus-4-5',
		sessions: [{ project: '/dev/secret', project_label: 'secret' }],
		changes: { by: 'project', items: [{ key: '/dev/secret', label: 'secret', project: null }] },
		data: [{ model: 'm', label: 'Opus' }],
		tools: ['Bash', 'mcp__secret__query'],
		tool: 'mcp__secret__query',
		mcp_server: 'secret',
		mcp_tool: 'secret_query',
		agent_kind: 'secret-reviewer',
		attributed_agent: 'secret-reviewer',
		skill: 'secret-skill',
		plugin: 'secret-plugin',
		team: 'secret-team',
		teammate: 'secret-mate',
		session_name: 'secret-name'
	};
	const hidden = hide(body, fresh()) as typeof body;
	expect(JSON.stringify(hidden)).not.toContain('secret');
	expect(hidden).toMatchObject({
		meta: body.meta,
		items: [{ project: 'Project A', label: 'Project A', cost_usd: 1.5 }],
		moves: [{ folder: 'Folder A', from: 'Project A', to: 'Project B' }],
		folders: { 'Folder A': 'Project B' },
		undo: { 'Folder A': null },
		problems: ['cannot read `…`: denied'],
		series: [
			{ key: 'Project A', label: 'Project A' },
			{ key: null, label: 'other' }
		],
		model: 'claude-opus-4-5',
		data: [{ model: 'm', label: 'Opus' }],
		tools: ['Bash', 'MCP tool A'],
		tool: 'MCP tool A',
		mcp_server: 'MCP server A',
		agent_kind: 'Subagent A'
	});
});

test('labels of homes are hidden, and sources of other kinds are not', () => {
	const check = (of: object, source: string) =>
		expect(hide({ ...of, source: 'work' }, fresh())).toMatchObject({ source });
	check({ is_read: true }, 'Home A');
	check({ window: 'five_hour', used_percentage: 5 }, 'Home A');
	check({ file: '/a.jsonl', lines: 4 }, 'Home A');
	check({ data_version: 5 }, 'work');
	check({ date: '2026-03-11' }, 'work');
	check({ cache_write_5m: 5 }, 'work');
	check({ key: 'msg', copies: 2 }, 'work');
});

test('notes, views and links are hidden', () => {
	const aliases = fresh();
	const hidden = {
		items: [
			hide({ id: 'n', date: '2026-03-11', text: 'secret' }, aliases),
			hide({ id: 'v', name: 'secret', path: '/trends?project=%2Fdev%2Fsecret' }, aliases),
			hide({ id: 'l', name: 'secret', scope: 'home', of: '/h/secret' }, aliases),
			hide({ name: 'secret', scope: 'project', of: '/dev/secret', path: '/link#0a' }, aliases)
		]
	};
	expect(hidden.items).toEqual([
		{ id: 'n', date: '2026-03-11', text: 'Note A' },
		{ id: 'v', name: 'View A', path: '/trends?project=Project+A' },
		{ id: 'l', name: 'Link A', scope: 'home', of: 'Home A' },
		{ name: 'Link A', scope: 'project', of: 'Project A', path: '/link#0a' }
	]);
	expect(hide({ path: '/h/.claude', exists: true }, aliases)).toMatchObject({ path: 'Folder A' });
});

test('settings are hidden unless their values contain no names', () => {
	const check = (name: string, value: string, expected: string) => {
		const setting = { name, value, default: '127.0.0.1', env: 'CTM', help: '', source: 'file' };
		expect(hide(setting, fresh())).toEqual({ ...setting, value: expected });
	};
	check('allowed_hosts', 'secret.example', '…');
	check('claude_dir', 'secret=~/.claude', '…');
	check('machine_name', 'secret', '…');
	check('a_new_one', 'secret', '…');
	check('host', '127.0.0.1', '127.0.0.1');
	check('allowed_hosts', '', '');
	check('port', '51888', '51888');
});

test('items of reports are hidden by what they are about', () => {
	const report = (by: string) => ({ by, items: [{ key: 'secret', label: 'secret', path: '/s' }] });
	const hidden = hide(report('skill'), fresh());
	expect(hidden).toMatchObject({ items: [{ key: 'Skill A', label: 'Skill A', path: 'Folder A' }] });
	expect(hide(report('model'), fresh())).toMatchObject({ items: [{ key: 'secret' }] });
});

test('a request has the names again', () => {
	const aliases = fresh();
	const view = { name: 'mine', path: '/trends?project=Project+A&range=7d' };
	aliases.of('project', '/dev/shop');
	aliases.of('folder', '/dev/shop');
	expect(reveal({ folders: { 'Folder A': 'Project A', '/new': 'mine' } }, aliases)).toEqual({
		folders: { '/dev/shop': '/dev/shop', '/new': 'mine' }
	});
	const path = '/trends?project=%2Fdev%2Fshop&range=7d';
	expect(reveal(view, aliases)).toEqual({ name: 'mine', path });
});

test('sentences have aliases for names that are known', () => {
	const aliases = fresh();
	aliases.of('home', 'work');
	aliases.of('home', 'workshop');
	aliases.of('branch', 'a+b (c)');
	expect(hide({ message: '`workshop` of work, a+b (c), works' }, aliases)).toEqual({
		message: '`Home B` of Home A, Branch A, works'
	});
});

test('paths are hidden in sentences', () => {
	const check = (text: string, expected: string) => expect(hidePaths(text)).toBe(expected);
	check('cannot read /home/dev/x: denied', 'cannot read … denied');
	check('`~/.claude` and `C:\\Users\\dev`', '`…` and `…`');
	check('https://example.org/a and 1/2', 'https://example.org/a and 1/2');
});

test('an address is hidden and revealed', () => {
	const aliases = fresh();
	const address = new URL(
		'http://h/ctm/projects/%2Fdev%2Fshop?project=%2Fdev%2Fnotes&range=7d&q=shop'
	);
	const hidden = hideAddress(address, aliases);
	expect(hidden.href).toBe('http://h/ctm/projects/Project%20A?project=Project+B&range=7d');
	expect(hideAddress(hidden, aliases).href).toBe(hidden.href);
	expect(revealAddress(hidden, aliases).searchParams.get('project')).toBe('/dev/notes');
	expect(revealAddress(hidden, aliases).pathname).toBe(address.pathname);
	const compared = hideAddress(new URL('http://h/projects/a?with=b&home=work'), fresh());
	expect(compared.href).toBe('http://h/projects/Project%20A?with=Project+B&home=Home+A');
	const ofTool = (tool: string) => new URL(`http://h/responses?tool=${tool}`);
	expect(hideAddress(ofTool('Bash'), aliases).search).toBe('?tool=Bash');
	const ofServer = hideAddress(ofTool('mcp__shop__find'), aliases);
	expect(ofServer.search).toBe('?tool=MCP+tool+A');
	expect(revealAddress(ofServer, aliases).search).toBe('?tool=mcp__shop__find');
});

test('the home of a plan has the alias of the home', () => {
	const plan = { name: 'Max', currency: 'USD', home: 'work' };
	expect(hide(plan, fresh())).toEqual({ ...plan, home: 'Home A' });
	expect(hide({ ...plan, home: null }, fresh())).toEqual({ ...plan, home: null });
});

test('alerts and channels show no name of a home, and keep the names of their rules', () => {
	const aliases = fresh();
	hide({ source: 'work laptop', totals: {} }, aliases);
	const text = { title: '5 hours of work laptop: 91 %', text: 'see /home/kim/x' };
	const delivery = { channel: 'phone', answer: 'the command exits with 1: /home/kim/x' };
	const alert = { rule: 'limits', watches: 'limit_used', en: text, deliveries: [delivery] };
	const hidden = JSON.stringify(hide(alert, aliases));
	expect(hidden).not.toMatch(/kim|laptop/);
	expect(hide(alert, aliases)).toMatchObject({
		rule: 'limits',
		deliveries: [{ channel: 'phone' }]
	});
});
