/**
 * Cache breaks: responses whose prompt had been cached by the one before, but was not read from there.
 *
 * A conversation sends everything again with each request. What is cached costs a tenth; a break
 * means that most of it was paid in full. Why one happened is not logged: the reasons are the ones
 * that what is logged allows.
 */

import type { SessionResponse } from '$lib/api/types';

/** The relevant fields of a response. */
export type Cached = Pick<
	SessionResponse,
	| 'key'
	| 'at'
	| 'model'
	| 'sidechain'
	| 'agent'
	| 'context_tokens'
	| 'cache_read_tokens'
	| 'cache_write_5m_tokens'
	| 'cache_write_1h_tokens'
>;

/**
 * Another model, which has a cache of its own; a pause longer than the cache lasts; a prompt that
 * became shorter, as after a summary; or something in the prompt that changed.
 */
export type BreakReason = 'model' | 'idle' | 'shortened' | 'changed';

export interface CacheBreak {
	key: string;
	at: string;
	/** The subagent in whose lane it is, or `null` for the main conversation. */
	agent: string | null;
	/** Tokens that the response before had left in the cache. */
	cached: number;
	/** Tokens that were read from there. */
	read: number;
	/** Tokens that were not, though the prompt is as long. */
	lost: number;
	/** Time since the response before, in milliseconds. */
	pauseMs: number;
	reason: BreakReason;
}

/** The least that is worth a word: shorter prompts are not cached at all. */
const LEAST_TOKENS = 2048;
/** Less than this part of what was cached is a break. */
const BROKEN_BELOW = 0.5;
/** A prompt of less than this part of the one before was shortened. */
const SHORTENED_BELOW = 0.7;

const FIVE_MINUTES_MS = 5 * 60_000;
const HOUR_MS = 60 * 60_000;

/** Returns the breaks in `responses`, which are in order of time. */
export function cacheBreaks(responses: readonly Cached[]): CacheBreak[] {
	const lanes = new Map<string, { before: Cached; lastsMs: number }>();
	const breaks: CacheBreak[] = [];
	for (const response of responses) {
		// Older transcripts do not name the subagent: its lane is unknown.
		if (response.sidechain && response.agent === null) continue;
		const id = response.sidechain ? `agent ${response.agent}` : 'main';
		const lane = lanes.get(id);
		if (lane) {
			const found = breakBetween(lane.before, response, lane.lastsMs);
			if (found) breaks.push(found);
		}
		lanes.set(id, { before: response, lastsMs: lifetimeOf(response, lane?.lastsMs) });
	}
	return breaks;
}

/** Returns how long what `response` left in the cache stays there; what was only read stays as it did. */
function lifetimeOf(response: Cached, before = FIVE_MINUTES_MS): number {
	if (response.cache_write_1h_tokens > 0) return HOUR_MS;
	return response.cache_write_5m_tokens > 0 ? FIVE_MINUTES_MS : before;
}

function breakBetween(before: Cached, response: Cached, lastsMs: number): CacheBreak | null {
	const written = before.cache_write_5m_tokens + before.cache_write_1h_tokens;
	// Several parts of a response read the same tokens several times.
	const cached = Math.min(before.context_tokens, before.cache_read_tokens + written);
	const read = response.cache_read_tokens;
	if (cached < LEAST_TOKENS || read >= cached * BROKEN_BELOW) return null;
	const pauseMs = Date.parse(response.at) - Date.parse(before.at);
	return {
		key: response.key,
		at: response.at,
		agent: response.agent,
		cached,
		read,
		lost: Math.max(0, Math.min(cached, response.context_tokens) - read),
		pauseMs,
		reason: reasonOf(before, response, pauseMs > lastsMs)
	};
}

function reasonOf(before: Cached, response: Cached, expired: boolean): BreakReason {
	if (response.model !== before.model) return 'model';
	if (expired) return 'idle';
	const shortened = response.context_tokens < before.context_tokens * SHORTENED_BELOW;
	return shortened ? 'shortened' : 'changed';
}
