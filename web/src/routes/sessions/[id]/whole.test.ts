import { expect, test, vi } from 'vitest';
import { response } from '../../../testing/sessions';
import { allResponses } from './whole';

test('pages become one list', async () => {
	const page = (key: string, next_cursor: string | null) => ({
		ok: true,
		value: { items: [response({ key })], next_cursor, total: 2 }
	});
	const responses = vi
		.fn()
		.mockResolvedValueOnce(page('a', 'a'))
		.mockResolvedValueOnce(page('b', null));
	const result = await allResponses({ responses }, 's');
	expect(result.ok && result.value.items.map(({ key }) => key)).toEqual(['a', 'b']);
	expect(result.ok && result.value.total).toBe(2);
	expect(responses.mock.calls.map(([, { cursor }]) => cursor)).toEqual([undefined, 'a']);
});

test('a session without an end has a part drawn', async () => {
	const responses = vi.fn().mockResolvedValue({
		ok: true,
		value: { items: [response()], next_cursor: 'more', total: 99 }
	});
	const result = await allResponses({ responses }, 's');
	expect(responses).toHaveBeenCalledTimes(20);
	expect(result.ok && [result.value.items.length, result.value.total]).toEqual([20, 99]);
});

test('a failure is passed on', async () => {
	const problem = { type: 'about:blank', title: 'Not Found', status: 404 };
	const responses = vi.fn().mockResolvedValue({ ok: false, problem });
	expect(await allResponses({ responses }, 's')).toEqual({ ok: false, problem });
});
