import { expect, test, vi } from 'vitest';
import { health } from '../../testing/answers';
import { createApi, UNREACHABLE } from './client';

/** Checks what asking yields when the server answers with `response`. */
async function check(response: () => Response | Promise<Response>, expected: unknown) {
	const api = createApi(async () => response());
	expect(await api.audit({})).toEqual(expected);
}

test('an answer is a value', () =>
	check(() => Response.json({ lines: [] }), { ok: true, value: { lines: [] } }));

test('a problem keeps the words of the server', () => {
	const problem = { type: '/p', title: 'Busy', status: 503, detail: 'Wait.', request_id: 'r1' };
	return check(() => Response.json(problem, { status: 503 }), { ok: false, problem });
});

test('a foreign error page becomes a problem', () =>
	check(
		() =>
			new Response('<html>', {
				status: 502,
				statusText: 'Bad Gateway',
				headers: { 'x-request-id': 'r2' }
			}),
		{
			ok: false,
			problem: { type: 'about:blank', title: 'Bad Gateway', status: 502, request_id: 'r2' }
		}
	));

test('a request without an answer becomes a problem', () =>
	check(() => Promise.reject(new TypeError('offline')), {
		ok: false,
		problem: { type: 'about:blank', title: '', status: UNREACHABLE, detail: 'offline' }
	}));

test('a missing login is reported', async () => {
	const onlocked = vi.fn();
	const problem = { type: 'about:blank', title: 'Unauthorized', status: 401 };
	const api = createApi(async () => Response.json(problem, { status: 401 }), onlocked);
	expect(await api.health()).toMatchObject({ ok: false, problem });
	expect(onlocked).toHaveBeenCalledOnce();
});

test('the health of an unhealthy server is a value', async () => {
	const ill = health({ status: 'unhealthy' });
	const ask = (answer: unknown) =>
		createApi(async () => Response.json(answer, { status: 503 })).health();
	expect(await ask(ill)).toEqual({ ok: true, value: ill });
	expect(await ask({ status: 'unhealthy', version: '1' })).toMatchObject({ ok: false });
	expect(await ask(null)).toMatchObject({ ok: false, problem: { status: 503 } });
});

test('the short health for strangers is ignored', async () => {
	const ask = (answer: unknown) => createApi(async () => Response.json(answer)).health();
	expect(await ask({ status: 'healthy', version: '1' })).toMatchObject({
		ok: false,
		problem: { status: 401 }
	});
	expect(await ask(health())).toEqual({ ok: true, value: health() });
});

test('every report is requested with its filter', async () => {
	const asked: string[] = [];
	const api = createApi(async (input) => {
		const url = new URL(input instanceof Request ? input.url : input);
		asked.push(url.pathname + url.search);
		return Response.json({});
	});
	const filter = { range: '7d' as const, tz: 'Asia/Shanghai', model: undefined };
	await Promise.all([
		api.stats(filter),
		api.stats({ project: ['/a', '/b'] }, 'none'),
		api.daily(filter),
		api.models(filter),
		api.projects({ ...filter, limit: 50 }),
		api.sources()
	]);
	expect(asked).toEqual([
		'/api/v1/stats?range=7d&tz=Asia%2FShanghai&compare=previous',
		'/api/v1/stats?project=%2Fa&project=%2Fb&compare=none',
		'/api/v1/stats/daily?range=7d&tz=Asia%2FShanghai&breakdown=model',
		'/api/v1/stats/models?range=7d&tz=Asia%2FShanghai',
		'/api/v1/stats/projects?range=7d&tz=Asia%2FShanghai&limit=50',
		'/api/v1/stats/sources'
	]);
});
