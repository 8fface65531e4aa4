import { expect, test } from 'vitest';
import { cacheBreaks, type Cached } from './breaks';

/** A response `minute` minutes after the first, with `read` tokens of its prompt from the cache. */
function response(
	minute: number,
	prompt: number,
	read: number,
	more: Partial<Cached> = {}
): Cached {
	return {
		key: `r${minute}`,
		at: new Date(Date.UTC(2026, 0, 1) + minute * 60_000).toISOString(),
		model: 'opus',
		sidechain: false,
		agent: null,
		context_tokens: prompt,
		cache_read_tokens: read,
		cache_write_5m_tokens: prompt - read,
		cache_write_1h_tokens: 0,
		...more
	};
}

const reasons = (...responses: Cached[]) =>
	cacheBreaks(responses).map(({ key, reason }) => `${key} ${reason}`);

test('a prompt that is read from the cache is no break', () => {
	expect(reasons(response(0, 20_000, 0), response(1, 21_000, 20_000))).toEqual([]);
});

test('a break shows how much was cached, read and lost', () => {
	const [found] = cacheBreaks([response(0, 20_000, 0), response(1, 21_000, 4_000)]);
	expect(found).toMatchObject({ cached: 20_000, read: 4_000, lost: 16_000, pauseMs: 60_000 });
});

test('each has the reason that what is logged allows', () => {
	const first = response(0, 20_000, 0);
	expect(reasons(first, response(1, 21_000, 0))).toEqual(['r1 changed']);
	expect(reasons(first, response(6, 21_000, 0))).toEqual(['r6 idle']);
	expect(reasons(first, response(1, 8_000, 0))).toEqual(['r1 shortened']);
	expect(reasons(first, response(1, 21_000, 0, { model: 'haiku' }))).toEqual(['r1 model']);
});

test('what was written for an hour lasts as long, also when it is only read', () => {
	const hour = { cache_write_5m_tokens: 0, cache_write_1h_tokens: 20_000 };
	const only = { cache_write_5m_tokens: 0 };
	const first = response(0, 20_000, 0, hour);
	expect(reasons(first, response(30, 20_000, 0))).toEqual(['r30 changed']);
	expect(reasons(first, response(1, 20_000, 20_000, only), response(40, 20_000, 0))).toEqual([
		'r40 changed'
	]);
	expect(reasons(first, response(61, 20_000, 0))).toEqual(['r61 idle']);
});

test('each subagent is a lane of its own, unless it is unknown which one it was', () => {
	const agent = (name: string | null) => ({ sidechain: true, agent: name });
	expect(
		reasons(
			response(0, 20_000, 0),
			response(1, 9_000, 0, agent('a')),
			response(2, 9_000, 0, agent('b')),
			response(3, 21_000, 20_000),
			response(4, 9_500, 0, agent('a')),
			response(5, 9_500, 0, agent(null)),
			response(6, 9_500, 0, agent(null))
		)
	).toEqual(['r4 changed']);
});

test('what was hardly cached, or not at all, cannot break', () => {
	const uncached = { cache_write_5m_tokens: 0 };
	expect(reasons(response(0, 20_000, 0, uncached), response(1, 21_000, 0, uncached))).toEqual([]);
	expect(reasons(response(0, 1_500, 0), response(1, 21_000, 0))).toEqual([]);
});

test('parts that read the same tokens several times do not make the prompt longer', () => {
	const parts = response(0, 20_000, 55_000, { cache_write_5m_tokens: 0 });
	expect(reasons(parts, response(1, 20_500, 19_000))).toEqual([]);
});
