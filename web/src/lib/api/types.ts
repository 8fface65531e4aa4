/**
 * The shapes of the REST interface and of the WebSocket, as the server sends them.
 *
 * `paths` has the form that openapi-typescript writes, so that the generated file can take the
 * place of this one without a change elsewhere.
 */

/** Tokens by the kinds that are priced apart; the kinds do not overlap. */
export interface Tokens {
	input_tokens: number;
	output_tokens: number;
	cache_read_tokens: number;
	cache_write_5m_tokens: number;
	cache_write_1h_tokens: number;
}

/** What was used; `null` is unknown, never zero. */
export interface Usage extends Tokens {
	total_tokens: number;
	/** US dollars at API list prices; `null` when nothing in it could be priced. */
	cost_usd: number | null;
	responses: number;
	sessions: number;
	/** 0..1; `null` without any prompt tokens. */
	cache_hit_rate: number | null;
	/** Tokens that `cost_usd` leaves out. */
	unpriced_tokens: number;
	/** Responses without a final record, so that output may be missing. */
	unfinalised_responses: number;
}

/** What an answer covers and how fresh it is. */
export interface Meta {
	/** First day, `YYYY-MM-DD` in `tz`. */
	from: string;
	/** Last day, inclusive. */
	to: string;
	tz: string;
	generated_at: string;
	data_version: number;
	price_version: string;
	source: 'events' | 'stats_cache' | 'mixed';
	unpriced_models: string[];
}

/** A difference to the previous period; `null` where one side is unknown or the base is zero. */
export interface Change {
	absolute: number | null;
	relative: number | null;
}

export type ChangedField =
	'total_tokens' | 'cost_usd' | 'cache_hit_rate' | 'responses' | 'sessions';

export interface Stats {
	meta: Meta;
	totals: Usage;
	today: Usage;
	previous: { from: string; to: string; totals: Usage } | null;
	change: Record<ChangedField, Change> | null;
}

export interface DailyStats {
	meta: Meta;
	days: Day[];
	totals: Usage;
}

export interface Day extends Usage {
	/** `YYYY-MM-DD` in the zone of the request. */
	date: string;
	models?: (Usage & { model: string })[];
}

export interface ModelStats {
	meta: Meta;
	items: ModelUsage[];
}

export interface ModelUsage extends Usage {
	model: string;
	label: string;
	/** The row of the price table that the model was priced by. */
	priced_as: string | null;
	price: Price | null;
	unpriced_reason: string | null;
	/** 0..1. */
	share_tokens: number;
	/** 0..1. */
	share_cost: number | null;
	first_at: string;
	last_at: string;
}

/** US dollars per million tokens, and the days from and until which they hold. */
export interface Price {
	input: number | null;
	output: number | null;
	cache_read: number | null;
	cache_write_5m: number | null;
	cache_write_1h: number | null;
	from: string | null;
	until: string | null;
}

export interface ProjectStats {
	meta: Meta;
	items: ProjectUsage[];
	next_cursor: string | null;
	total: number;
}

export interface ProjectUsage extends Usage {
	project: string;
	label: string;
	last_at: string;
	spark: number[];
}

/** The Claude homes that are read. */
export interface Sources {
	items: { source: string; path: string }[];
}

/** The settings in force. */
export interface Config {
	settings: { name: string; value: string }[];
}

export interface Health {
	status: 'healthy' | 'degraded' | 'unhealthy';
	version: string;
	/** Seconds. */
	uptime: number;
	claude_dir: { path: string; exists: boolean; readable: boolean };
	watcher: { mode: 'notify' | 'poll'; last_event_at: string | null };
	database: { ok: boolean; path: string; size_bytes: number; schema_version: number };
	ingest: Ingest;
	prices: { version: string; age_days: number; unpriced_models: string[] };
}

export interface Ingest {
	state: 'scanning' | 'live';
	files_total: number;
	files_done: number;
	bytes_total: number;
	bytes_done: number;
}

/** An error as RFC 9457 (`application/problem+json`) writes it. */
export interface Problem {
	type: string;
	title: string;
	status: number;
	detail?: string;
	instance?: string;
	request_id?: string;
	errors?: { field: string; code: string; message: string }[];
}

export type Range = 'today' | '7d' | '30d' | '90d' | '1y' | 'all';

/** What a period can be compared with. */
export type Compare = 'previous' | 'year' | 'none';

/** What every report can be asked for; of a list, what matches any of its values. */
export interface Filter {
	range?: Range;
	/** First day, in place of a range. */
	from?: string;
	/** Last day, inclusive. */
	to?: string;
	/** IANA zone; the server's own when it is left out. */
	tz?: string;
	project?: string[];
	model?: string[];
	session?: string[];
	/** Claude homes. */
	source?: string[];
	/** Only what subagents used, or only the rest. */
	sidechain?: boolean;
}

/** Which part of a list is asked for, and in which order. */
export interface Page {
	/** 1..500. */
	limit?: number;
	/** What the part before gave as `next_cursor`. */
	cursor?: string;
	sort?: string;
	order?: 'asc' | 'desc';
}

interface Get<Query, Answer> {
	get: {
		parameters: { query?: Query };
		responses: {
			200: { content: { 'application/json': Answer } };
			default: { content: { 'application/problem+json': Problem } };
		};
	};
}

/** Every endpoint that the page reads. */
export interface paths {
	'/health': Get<never, Health>;
	'/config': Get<never, Config>;
	'/stats': Get<Filter & { compare?: Compare }, Stats>;
	'/stats/daily': Get<Filter & { breakdown?: 'model' | 'none' }, DailyStats>;
	'/stats/models': Get<Filter, ModelStats>;
	'/stats/projects': Get<Filter & Page, ProjectStats>;
	'/stats/sources': Get<never, Sources>;
}

interface Envelope<Type extends string, Data> {
	v: 1;
	type: Type;
	seq: number;
	at: string;
	data: Data;
}

/** What a change touched: days in the zone that was subscribed with. */
export interface ChangedPart {
	date: string;
	project: string;
	model: string;
}

/** What the server says over the WebSocket, as far as the page listens. */
export type ServerMessage =
	| Envelope<
			'connected',
			{
				server_version: string;
				protocol: number;
				instance_id: string;
				seq: number;
				data_version: number;
				heartbeat_s: number;
			}
	  >
	| Envelope<
			'stats_update',
			{
				data_version: number;
				tz: string;
				changed: ChangedPart[];
				session_ids: string[];
				today: Usage;
				totals: Usage;
			}
	  >
	| Envelope<'ingest', Ingest>
	| Envelope<'block_update' | 'limits_update', unknown>
	| Envelope<'resync', { mode: 'replay' | 'full' }>
	| Envelope<'error', { type: string; title: string; detail: string; fatal: boolean }>
	| Envelope<'ping' | 'pong', { nonce: string | number }>;

/** What a page can listen to. */
export type Topic = 'stats' | 'sessions' | 'blocks' | 'ingest' | 'limits';
