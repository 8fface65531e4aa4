import { expect, test } from 'vitest';
import type { Health } from '$lib/api/types';
import { health, homeAt } from '../../testing/answers';
import { isPreparing, situationOf } from './situation';

const scanning = health({ ingest: { ...health().ingest, state: 'scanning' } });
const claudeDir = (exists: boolean, readable: boolean) =>
	health({ claude_dir: { ...homeAt('/c'), exists, readable } });

const check = (state: Health | null, isEmpty: boolean | null, expected: string, asked = {}) =>
	expect(situationOf(state, isEmpty, { everything: false, narrowed: false, ...asked })).toBe(
		expected
	);

test('numbers are shown whatever the state of the server', () => {
	for (const state of [null, health(), scanning, claudeDir(false, false)]) {
		check(state, false, 'ready');
	}
});

test('a pending request is shown by the cards', () => check(scanning, null, 'ready'));

test('missing numbers have a reason', () => {
	check(null, true, 'empty_range');
	check(health(), true, 'empty_range');
	check(health(), true, 'empty_ever', { everything: true });
	check(health(), true, 'empty_filter', { everything: true, narrowed: true });
	check(scanning, true, 'scanning', { narrowed: true });
	check(claudeDir(false, false), true, 'claude_dir_missing');
	check(claudeDir(true, false), true, 'claude_dir_unreadable');
});

test('an empty database has a reason on every page', () => {
	const none = { ...health().database, has_usage: false };
	for (const asked of [{}, { everything: true }, { narrowed: true }]) {
		check(health({ database: none }), null, 'empty_ever', asked);
		check(health({ database: none }), true, 'empty_ever', asked);
		check({ ...scanning, database: none }, null, 'scanning', asked);
		check({ ...claudeDir(false, false), database: none }, null, 'claude_dir_missing', asked);
		check({ ...claudeDir(true, false), database: none }, null, 'claude_dir_unreadable', asked);
	}
	check(health({ database: none }), false, 'ready');
	expect(isPreparing(health({ database: none }))).toBe(true);
});

test('a server is preparing until the first read is complete', () => {
	expect(isPreparing(health())).toBe(false);
	for (const state of [scanning, claudeDir(false, false), claudeDir(true, false)]) {
		expect(isPreparing(state)).toBe(true);
	}
});
