/** Sessions and their responses as the server answers them, for tests. */

import type { ExplainedResponse, Session, SessionDetail, SessionResponse } from '$lib/api/types';
import { meta, usage } from './answers';

/** Returns a session that used something, except for `more`. */
export function session(more: Partial<Session> = {}): Session {
	return {
		...usage(1000, 1),
		id: '8c1f2a30-0000-4000-8000-000000000001',
		project: '/home/u/api',
		session_title: null,
		branch: 'main',
		started_at: '2026-01-30T09:00:00Z',
		ended_at: '2026-01-30T10:00:00Z',
		duration_s: 3600,
		models: ['opus'],
		subagents: 0,
		prompts: 1,
		tool_calls: 0,
		tool_errors: 0,
		active: false,
		...more
	};
}

/** Returns the same with what it is made of. */
export function sessionDetail(more: Partial<SessionDetail> = {}): SessionDetail {
	return {
		...session(),
		meta,
		branches: ['main'],
		folders: ['/home/u/api'],
		files: [],
		forked_from: null,
		among_project: {
			sessions: 1,
			minimum_sessions: 5,
			median_cost_usd: 1,
			factor: null,
			more_expensive: 0,
			previous: null,
			next: null
		},
		cache_breaks: [],
		claude_code: null,
		tools: [],
		versions: ['2.1.0'],
		...more
	};
}

/** Returns a response of that session, except for `more`. */
export function response(more: Partial<SessionResponse> = {}): SessionResponse {
	const { cache_read_tokens, cache_write_1h_tokens, cache_write_5m_tokens } = usage(0, 0);
	return {
		key: 'msg_1',
		at: '2026-01-30T09:00:00Z',
		session: session().id,
		project: '/home/u/api',
		cwd: '/home/u/api',
		model: 'opus',
		input_tokens: 0,
		output_tokens: 1000,
		cache_read_tokens,
		cache_write_1h_tokens,
		cache_write_5m_tokens,
		total_tokens: 1000,
		cost_usd: 1,
		unpriced_tokens: 0,
		web_searches: 0,
		context_tokens: 0,
		tools: [],
		failed_tools: [],
		certainty: 'exact',
		sidechain: false,
		agent: null,
		agent_kind: null,
		copies: 1,
		final: true,
		source: { file: '/home/u/.claude/projects/api/8c1f2a30.jsonl', line_offset: 0 },
		skill: null,
		plugin: null,
		attributed_agent: null,
		mcp_server: null,
		mcp_tool: null,
		effort: null,
		thinking_tokens: null,
		cache_miss_reason: null,
		cache_missed_tokens: null,
		refusal_category: null,
		entrypoint: null,
		team: null,
		teammate: null,
		...more
	};
}

/** Returns why that response's number is what it is, except for `more`. */
export function explained(more: Partial<ExplainedResponse> = {}): ExplainedResponse {
	const tokens = { ...usage(1000, 1), input_tokens: 10 };
	const price = {
		input: 3,
		output: 15,
		cache_read: 0.3,
		cache_write_5m: 3.75,
		cache_write_1h: 6,
		from: '2026-01-01',
		until: null,
		source: 'docs.example.com/prices (read 2026-01-02)'
	};
	const line = {
		file: '/home/u/.claude/projects/api/8c1f2a30.jsonl',
		line_offset: 1928,
		at: '2026-01-30T09:00:01Z',
		tokens,
		counts: true,
		final: true,
		original: false,
		present: true,
		sidechain: false,
		embedded: false,
		lost_by: null
	};
	return {
		...response({ cost_usd: 0.01503, copies: 2 }),
		branch: 'main',
		version: '2.1.0',
		price_version: '2026-01-01',
		searches_of_calls: 0,
		witness: null,
		flags: [],
		lines: [
			line,
			{
				...line,
				line_offset: 881,
				counts: false,
				final: false,
				original: true,
				present: false,
				lost_by: 'final'
			}
		],
		parts: [
			{
				...tokens,
				model: 'opus',
				speed: null,
				service_tier: null,
				inference_geo: null,
				refusal: null,
				billed: true,
				priced_as: 'opus',
				price,
				listed: price,
				multipliers: [],
				unpriced_reason: null,
				terms: [
					{ kind: 'input', count: 10, usd_each: 0.000003, cost_usd: 0.00003 },
					{ kind: 'output', count: 1000, usd_each: 0.000015, cost_usd: 0.015 }
				],
				cost_usd: 0.01503
			}
		],
		...more
	};
}
