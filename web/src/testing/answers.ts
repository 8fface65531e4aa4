/** Small answers of the server, for tests. */

import type {
	DailyStats,
	Health,
	Meta,
	ModelUsage,
	ProjectUsage,
	Stats,
	Usage
} from '$lib/api/types';

/** Returns a usage of `tokens` output tokens. */
export function usage(tokens: number, cost: number | null): Usage {
	return {
		input_tokens: 0,
		output_tokens: tokens,
		cache_read_tokens: 0,
		cache_write_5m_tokens: 0,
		cache_write_1h_tokens: 0,
		total_tokens: tokens,
		web_searches: 0,
		cost_usd: cost,
		cache_saving_usd: null,
		responses: tokens > 0 ? 1 : 0,
		sessions: tokens > 0 ? 1 : 0,
		cache_hit_rate: null,
		unpriced_tokens: cost === null ? tokens : 0,
		unfinalised_responses: 0,
		certainty: cost === null ? 'unknown' : 'exact',
		subagent_responses: 0,
		subagent_tokens: 0,
		subagent_cost_usd: 0
	};
}

export const meta: Meta = {
	from: '2026-01-01',
	to: '2026-01-30',
	first_day: '2026-01-01',
	tz: 'UTC',
	tz_source: 'machine',
	generated_at: '2026-01-30T12:00:00Z',
	data_version: 1,
	price_version: '2026-01-01',
	source: 'events',
	unpriced_models: [],
	discount: null,
	unlogged: null
};

/** Returns days that used what is named by model. */
export function dailyStats(days: { date: string; models: Record<string, Usage> }[]): DailyStats {
	const add = (usages: Usage[]) => {
		const priced = usages.filter(({ cost_usd }) => cost_usd !== null);
		return usage(
			usages.reduce((sum, { total_tokens }) => sum + total_tokens, 0),
			usages.length > 0 && priced.length === 0
				? null
				: priced.reduce((sum, { cost_usd }) => sum + (cost_usd ?? 0), 0)
		);
	};
	return {
		meta,
		days: days.map(({ date, models }) => ({
			...add(Object.values(models)),
			date,
			source: 'events',
			models: Object.entries(models).map(([model, used]) => ({ ...used, model }))
		})),
		totals: add(days.flatMap(({ models }) => Object.values(models)))
	};
}

/** Returns the answer for a range that used `totals`. */
export function stats(totals: Usage, more: Partial<Stats> = {}): Stats {
	return { meta, totals, today: usage(0, 0), previous: null, change: null, ...more };
}

/** Returns one model that used `used`. */
export function modelUsage(model: string, used: Usage, more: Partial<ModelUsage> = {}): ModelUsage {
	return {
		...used,
		model,
		label: model,
		priced_as: model,
		price: null,
		unpriced_reason: null,
		share_tokens: 1,
		share_cost: 1,
		first_at: '2026-01-01T00:00:00Z',
		last_at: '2026-01-30T00:00:00Z',
		...more
	};
}

/** Returns one project that used `used`. */
export function projectUsage(project: string, used: Usage): ProjectUsage {
	return { ...used, project, label: project, last_at: '2026-01-30T00:00:00Z', spark: [] };
}

/** Returns a home that can be read, with a label or without. */
export function homeAt(path: string, label = path): Health['claude_dir'] {
	return { path, label, exists: true, readable: true };
}

/** Returns the state of a server that is done reading, except for `more`. */
export function health(more: Partial<Health> = {}): Health {
	return {
		status: 'healthy',
		version: '0.1.0',
		uptime: 1,
		demo: false,
		read_only: null,
		claude_dir: homeAt('/home/u/.claude'),
		claude_dirs: [homeAt('/home/u/.claude')],
		unread_homes: [],
		watcher: { mode: 'notify', last_event_at: null },
		database: {
			ok: true,
			path: '/var/lib/ctm.db',
			size_bytes: 1,
			schema_version: 1,
			has_usage: true,
			error: null
		},
		ingest: { state: 'live', files_total: 1, files_done: 1, bytes_total: 1, bytes_done: 1 },
		prices: { version: '2026-01-01', age_days: 1, unpriced_models: [] },
		models: [],
		conditions: [],
		problems: [],
		...more
	};
}
