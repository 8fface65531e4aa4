import { expect, test } from 'vitest';
import type { Health } from '$lib/api/types';
import { health, stats, usage } from '../../testing/answers';
import { situationOf } from './situation';

const none = stats(usage(0, 0));
const some = stats(usage(1, 1));
const scanning = health({ ingest: { ...health().ingest, state: 'scanning' } });
const claudeDir = (exists: boolean, readable: boolean) =>
	health({ claude_dir: { path: '/c', exists, readable } });

const check = (state: Health | null, answer: typeof none | null, expected: string, all = false) =>
	expect(situationOf(state, answer, all)).toBe(expected);

test('numbers are shown whatever the state of the server', () => {
	for (const state of [null, health(), scanning, claudeDir(false, false)]) {
		check(state, some, 'ready');
	}
});

test('an unanswered question is left to the cards', () => check(scanning, null, 'ready'));

test('no numbers have a reason', () => {
	check(null, none, 'empty_range');
	check(health(), none, 'empty_range');
	check(health(), none, 'empty_ever', true);
	check(scanning, none, 'scanning');
	check(claudeDir(false, false), none, 'claude_dir_missing');
	check(claudeDir(true, false), none, 'claude_dir_unreadable');
});
