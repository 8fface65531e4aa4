/**
 * Asks the server, and answers with a value or a problem, never with an exception.
 *
 * A failed request is an ordinary state of the page, which shows the server's own words beside
 * the numbers that it still has. Thrown errors would end in SvelteKit's error page, which blanks
 * every card because of one.
 */

import { redacting } from '$lib/redact/redaction';
import { inApp } from '$lib/state/base';
import createClient from 'openapi-fetch';
import type { Times } from '$lib/sessions/times';
import { goToLogin } from './login';
import type {
	Compare,
	Config,
	Filter,
	Health,
	Page,
	Problem,
	SoughtSessions,
	Trend,
	paths
} from './types';

export type Result<Value> = { ok: true; value: Value } | { ok: false; problem: Problem };

/** What `load` functions depend on when their numbers change with the data of the server. */
export const SERVER_DATA = 'ctm:data';

/** What `load` functions depend on when theirs change with 5-hour windows alone. */
export const SERVER_BLOCKS = 'ctm:blocks';

/** What `load` functions depend on when theirs change with official limits alone. */
export const SERVER_LIMITS = 'ctm:limits';

/** What `load` functions depend on when theirs change with the records of the person. */
export const SERVER_PERSONAL = 'ctm:personal';

/** The dependency of `load` functions that return the state of the server itself. */
export const SERVER_HEALTH = 'ctm:health';

/** The status of a problem without a server: the request had no response. */
export const UNREACHABLE = 0;

/** The status of a request that lacks the token. */
const LOCKED = 401;

export type Api = ReturnType<typeof createApi>;

/**
 * Returns a client over `fetch`, and what turns its answers into results.
 *
 * `onlocked` is called when the server requires a login.
 */
export function connect(fetch: typeof globalThis.fetch, onlocked: () => void = goToLogin) {
	const client = createClient<paths>({
		baseUrl: location.origin + inApp(''),
		fetch: redacting(fetch)
	});

	async function settle<Value>(request: Promise<Answer<Value>>): Promise<Result<Value>> {
		const result = await toResult(request);
		if (!result.ok && result.problem.status === LOCKED) onlocked();
		return result;
	}

	return { client, settle };
}

/** Returns the endpoints that several pages use as functions over `fetch`; `onlocked` is that of {@link connect}. */
export function createApi(fetch: typeof globalThis.fetch, onlocked?: () => void) {
	const { client, settle } = connect(fetch, onlocked);

	return {
		health: async () => whole(await settle(client.GET('/api/v1/health'))),
		config: () => settle(client.GET('/api/v1/config') as Promise<Answer<Config>>),
		stats: (filter: Filter, compare: Compare = 'previous') =>
			settle(client.GET('/api/v1/stats', { params: { query: { ...filter, compare } } })),
		daily: (filter: Filter) =>
			settle(
				client.GET('/api/v1/stats/daily', {
					params: { query: { ...filter, breakdown: 'model' } }
				})
			),
		models: (filter: Filter, compare: Compare = 'none') =>
			settle(
				client.GET('/api/v1/stats/models', {
					params: { query: { ...filter, compare: wanted(compare) } }
				})
			),
		projects: ({ compare, ...filter }: Filter & Page & { compare?: Compare }) =>
			settle(
				client.GET('/api/v1/stats/projects', {
					params: { query: { ...filter, compare: wanted(compare) } }
				})
			),
		sources: (filter: Filter = {}) =>
			settle(client.GET('/api/v1/stats/sources', { params: { query: filter } })),
		trends: (filter: Filter & Trend) =>
			settle(client.GET('/api/v1/stats/trends', { params: { query: filter } })),
		why: (filter: Filter, compare: Compare, limit?: number) =>
			settle(client.GET('/api/v1/why', { params: { query: { ...filter, compare, limit } } })),
		tools: (filter: Filter, compare: Compare = 'none') =>
			settle(
				client.GET('/api/v1/stats/tools', {
					params: { query: { ...filter, compare: wanted(compare) } }
				})
			),
		sessions: (filter: Filter & Page & Times & SoughtSessions) =>
			settle(client.GET('/api/v1/sessions', { params: { query: filter } })),
		limits: (query: Pick<Filter, 'from' | 'to' | 'tz' | 'home'>) =>
			settle(client.GET('/api/v1/limits', { params: { query } })),
		/** Returns the present state. */
		now: (query: Pick<Filter, 'tz' | 'week_start'>) =>
			settle(client.GET('/api/v1/now', { params: { query } })),
		/** Returns what the current periods will use. */
		forecasts: ({ tz, week_start, project, home }: Filter) =>
			settle(
				client.GET('/api/v1/forecast', { params: { query: { tz, week_start, project, home } } })
			),
		/** Notes of a period, and what follows from the data on its days. */
		markers: ({ range, from, to, week_start, tz }: Filter) =>
			settle(
				client.GET('/api/v1/markers', { params: { query: { range, from, to, week_start, tz } } })
			),
		notes: () => settle(client.GET('/api/v1/notes')),
		views: () => settle(client.GET('/api/v1/views')),
		audit: (filter: Filter) => settle(client.GET('/api/v1/audit', { params: { query: filter } }))
	};
}

/** Returns what a list is asked for: without a comparison, nothing. */
function wanted(compare: Compare | undefined): Compare | undefined {
	return compare === 'none' ? undefined : compare;
}

/** Strangers get a short form of the server's health, which the page does not use. */
function whole(result: Result<Health | { status: string; version: string }>): Result<Health> {
	if (!result.ok || 'database' in result.value) return result as Result<Health>;
	return {
		ok: false,
		problem: { type: 'about:blank', title: '', status: LOCKED }
	};
}

export interface Answer<Value> {
	data?: Value;
	error?: unknown;
	response: Response;
}

async function toResult<Value>(request: Promise<Answer<Value>>): Promise<Result<Value>> {
	try {
		const { data, error, response } = await request;
		// A server that is unhealthy answers with an error status how it is.
		const health = (error as Partial<Health> | undefined)?.database && (error as Value);
		const value = data ?? health;
		if (value !== undefined) return { ok: true, value };
		return { ok: false, problem: toProblem(error, response) };
	} catch (cause) {
		const detail = cause instanceof Error ? cause.message : String(cause);
		return { ok: false, problem: { type: 'about:blank', title: '', status: UNREACHABLE, detail } };
	}
}

/** Returns the problem in `error`, completed from the response if it is not from the server itself. */
function toProblem(error: unknown, response: Response): Problem {
	const sent: Partial<Problem> = typeof error === 'object' && error !== null ? error : {};
	return {
		...sent,
		type: sent.type ?? 'about:blank',
		title: sent.title ?? response.statusText,
		status: response.status,
		request_id: sent.request_id ?? response.headers.get('x-request-id') ?? undefined
	};
}
