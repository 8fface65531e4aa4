import { expect, test } from 'vitest';
import { merge, readChanges, touches } from './changes';

const part = (project: string, model = 'm', date = '2026-01-01') => ({ date, project, model });

test('an update that names nothing, or all that it can, may have touched anything', () => {
	expect(readChanges({ changed: [], session_ids: [] })).toBeNull();
	const many = Array.from({ length: 200 }, (_, index) => part(`/${index}`));
	expect(readChanges({ changed: many, session_ids: [] })).toBeNull();
	expect(readChanges({ changed: [part('/a')], session_ids: ['s'] })).toEqual({
		parts: [part('/a')],
		sessions: ['s']
	});
});

test('two updates are one', () => {
	const first = { version: 1, changes: { parts: [part('/a')], sessions: ['s'] } };
	const second = { version: 2, changes: { parts: [part('/a'), part('/b')], sessions: ['s', 't'] } };
	expect(merge(null, first)).toBe(first);
	expect(merge(first, second)).toEqual({
		version: 2,
		changes: { parts: [part('/a'), part('/b')], sessions: ['s', 't'] }
	});
	expect(merge(first, { version: 2, changes: null })).toEqual({ version: 2, changes: null });
	expect(merge({ version: 1, changes: null }, second).changes).toBeNull();
});

test('only what is looked at is touched', () => {
	const changes = { parts: [part('/a', 'm'), part('/b', 'n')], sessions: [] };
	const check = (projects: string[], models: string[], expected: boolean) =>
		expect(touches(changes, { projects, models })).toBe(expected);
	check([], [], true);
	check(['/a'], [], true);
	check(['/c'], [], false);
	check(['/a'], ['n'], false);
	check(['/a', '/b'], ['n'], true);
	expect(touches(null, { projects: ['/c'], models: [] })).toBe(true);
});
