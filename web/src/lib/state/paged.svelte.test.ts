import { expect, test } from 'vitest';
import type { Result } from '$lib/api/client';
import { Kept } from './kept.svelte';
import { Paged, type Part } from './paged.svelte';

interface Row {
	id: string;
	at: number;
}

const part = (ids: string, next: string | null, at = 1): Result<Part<Row>> => ({
	ok: true,
	value: { items: [...ids].map((id) => ({ id, at })), next_cursor: next, total: 6 }
});
const busy: Result<Part<Row>> = {
	ok: false,
	problem: { type: 'about:blank', title: 'Busy', status: 503 }
};

async function list(name?: string, asked = 'all') {
	let question = $state(asked);
	const answers: Record<string, Result<Part<Row>>> = { 2: part('cd', '4'), 4: part('ef', null) };
	const first = new Kept<Part<Row>>();
	const paged = new Paged<Row>({
		first,
		name,
		question: () => question,
		key: ({ id }) => id,
		ask: async (cursor) => answers[cursor] ?? busy
	});
	const begin = (result: Result<Part<Row>>) => first.follow(Promise.resolve(result));
	await begin(part('ab', '2'));
	const shown = () => paged.items.map(({ id }) => id).join('');
	return { paged, begin, shown, answers, ask: (other: string) => (question = other) };
}

test('pages are loaded until the last one', async () => {
	const { paged, shown } = await list();
	expect([shown(), paged.total, paged.hasMore]).toEqual(['ab', 6, true]);
	await paged.more();
	await paged.more();
	expect([shown(), paged.hasMore]).toEqual(['abcdef', false]);
	await paged.more();
	expect(shown()).toBe('abcdef');
});

test('a new first page keeps later rows and moves changed ones', async () => {
	const { paged, begin, shown } = await list();
	await paged.more();
	await begin(part('nd', '2', 2));
	expect(shown()).toBe('ndabc');
	expect(paged.items.find(({ id }) => id === 'd')?.at).toBe(2);
	await paged.more();
	expect(shown()).toBe('ndabcef');
});

test('another request starts another list', async () => {
	const { paged, begin, shown, ask } = await list();
	await paged.more();
	ask('one');
	await begin(part('xy', null));
	expect([shown(), paged.hasMore]).toEqual(['xy', false]);
});

test('a failure is reported, and the shown rows stay', async () => {
	const { paged, shown, answers } = await list();
	answers[2] = busy;
	await paged.more();
	expect([shown(), paged.problem?.title, paged.hasMore]).toEqual(['ab', 'Busy', true]);
	answers[2] = part('cd', '4');
	await paged.more();
	expect([shown(), paged.problem]).toEqual(['abcd', null]);
});

test('Back restores the number of rows of the same request', async () => {
	const { paged } = await list('rows');
	await paged.more();
	expect((await list('rows')).shown()).toBe('abcd');
	expect((await list('rows', 'one')).shown()).toBe('ab');
	expect((await list('others')).shown()).toBe('ab');
});
