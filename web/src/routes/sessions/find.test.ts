import { expect, test, vi } from 'vitest';
import type { Sessions } from '$lib/api/types';
import { meta, usage } from '../../testing/answers';
import { session } from '../../testing/sessions';
import { findSessions, matches } from './find';

const one = session({ id: '8c1f2a30-1', project: '/home/u/Api', branch: 'fix/login' });

test('words match parts of project and branch, and the start of ids', () => {
	const check = (text: string, found: boolean) =>
		expect(matches(one, { text, active: false }), text).toBe(found);
	check('8c1f', true);
	check('1f2a', false);
	check('api', true);
	check('LOGIN', true);
	check('api login', true);
	check('api logout', false);
	check('', true);
});

test('the filter of active sessions excludes all others', () => {
	expect(matches(one, { text: '', active: true })).toBe(false);
	expect(matches({ ...one, active: true }, { text: '', active: true })).toBe(true);
});

test('the whole list is searched', async () => {
	const page = (id: string, next_cursor: string | null): Sessions => ({
		meta,
		items: [session({ id })],
		next_cursor,
		total: 2,
		totals: usage(2000, 2)
	});
	const sessions = vi
		.fn()
		.mockResolvedValueOnce({ ok: true, value: page('a1', 'next') })
		.mockResolvedValueOnce({ ok: true, value: page('a2', null) });
	const result = await findSessions({ sessions }, { range: '7d' }, { text: 'a2', active: false });
	expect(sessions.mock.calls.map(([{ cursor }]) => cursor)).toEqual([undefined, 'next']);
	expect(result.ok && result.value.items.map(({ id }) => id)).toEqual(['a2']);
	expect(result.ok && [result.value.total, result.value.totals.responses]).toEqual([1, 1]);
});

test('a failure is passed on', async () => {
	const problem = { type: 'about:blank', title: 'Busy', status: 503 };
	const sessions = vi.fn().mockResolvedValue({ ok: false, problem });
	expect(await findSessions({ sessions }, {}, { text: 'a', active: false })).toEqual({
		ok: false,
		problem
	});
});
