import { expect, test } from 'vitest';
import { merge, readChanges, touches } from './changes';

const part = (project: string, model = 'm', date = '2026-01-01') => ({ date, project, model });

test('an incomplete update may concern anything', () => {
	const update = { changed: [part('/a')], session_ids: ['s'] };
	expect(readChanges({ ...update, more: true })).toBeNull();
	expect(readChanges({ ...update, more: false })).toEqual({ parts: [part('/a')], sessions: ['s'] });
});

test('two updates are one', () => {
	const isOther = false;
	const first = { version: 1, changes: { parts: [part('/a')], sessions: ['s'] }, isOther };
	const second = {
		version: 2,
		changes: { parts: [part('/a'), part('/b')], sessions: ['s', 't'] },
		isOther
	};
	expect(merge(null, first)).toBe(first);
	expect(merge(first, second)).toEqual({
		version: 2,
		changes: { parts: [part('/a'), part('/b')], sessions: ['s', 't'] },
		isOther
	});
	expect(merge(first, { ...second, changes: null })).toEqual({
		version: 2,
		changes: null,
		isOther
	});
	expect(merge({ ...first, changes: null }, second).changes).toBeNull();
	expect(merge({ ...first, isOther: true }, second).isOther).toBe(true);
});

test('an update concerns only the shown selection', () => {
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
