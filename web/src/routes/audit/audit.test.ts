import { expect, test } from 'vitest';
import { usage } from '../../testing/answers';
import { copies, counted, skippedLines, skipReasons } from './audit';

const home = (source: string, skipped: Record<string, number>) => ({
	source,
	files: 2,
	files_gone: 0,
	read: 100,
	used: 38,
	duplicate: 20,
	unbilled: 2,
	forgotten: 5,
	skipped
});

test('what is neither used, a duplicate, unbilled nor forgotten was skipped', () =>
	expect(skippedLines(home('a', { no_usage: 35 }))).toBe(35));

test('reasons are those of all homes, the most frequent first', () =>
	expect(
		skipReasons([home('a', { blank: 5, no_usage: 30 }), home('b', { no_usage: 10, blank: 5 })])
	).toEqual([
		{ name: 'no_usage', count: 40, share: 0.8 },
		{ name: 'blank', count: 10, share: 0.2 }
	]));

test('what does not occur is left out', () => {
	expect(counted({ a: 0, b: 1 })).toEqual([{ name: 'b', count: 1, share: 1 }]);
	expect(counted({})).toEqual([]);
});

test('copies are in order of their number', () => {
	const responses = {
		by_copies: [
			{ copies: 10, responses: 1 },
			{ copies: 2, responses: 5 },
			{ copies: 1, responses: 4 }
		],
		embedded_used: 0,
		embedded_duplicates: 0,
		sidechain: usage(0, 0),
		sidechain_share: null,
		totals: usage(0, 0),
		unpriced: {},
		unbilled: { responses: 0, tokens: 0, by_category: {}, unknown_categories: [] }
	};
	expect(copies(responses).map(({ name }) => name)).toEqual(['1', '2', '10']);
});
