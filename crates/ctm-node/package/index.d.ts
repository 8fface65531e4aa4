/** Tokens by kind: numbers, which are exact up to 2^53. */
export interface Tokens {
  /** Input that was neither read from the cache nor written to it. */
  readonly input: number;
  readonly output: number;
  readonly cacheRead: number;
  readonly cacheWrite5m: number;
  readonly cacheWrite1h: number;
  /** All of them. */
  readonly total: number;
}

/**
 * Whether a cost covers everything; `at_least`: a part has no price, or the output may be incomplete; `unknown`: nothing has
 * a price.
 */
export type Certainty = 'exact' | 'at_least' | 'unknown';

/** A billed part of a response; usually there is one. */
export interface Part {
  /** The model, as written on the line. */
  readonly model: string;
  readonly tokens: Tokens;
  readonly webSearches: number;
  /** The exact cost at list prices in pico-dollars (1e-12 USD); `null` if nothing of it has a price. */
  readonly costPicoUsd: bigint | null;
  /** The same in dollars, rounded: for drawing, not for sums. */
  readonly costUsd: number | null;
  readonly unpricedTokens: number;
  readonly unpricedWebSearches: number;
}

/** A billed response, folded from all its copies. */
export interface Response {
  /** The same for all copies of the response, in every home. */
  readonly id: string;
  readonly at: Date;
  /** The session that owns it; of a fork and its original, the original. */
  readonly session: string;
  /** The folder that the session was started in, or the repository of a worktree. */
  readonly project: string;
  readonly branch: string | null;
  readonly isSubagent: boolean;
  /** Whether its output is complete in the transcript. */
  readonly isFinal: boolean;
  /** The model of its first part, as written on the line. */
  readonly model: string;
  readonly tokens: Tokens;
  readonly webSearches: number;
  /** The exact cost at list prices in pico-dollars (1e-12 USD); `null` if nothing of it has a price. */
  readonly costPicoUsd: bigint | null;
  /** The same in dollars, rounded: for drawing, not for sums. */
  readonly costUsd: number | null;
  readonly certainty: Certainty;
  readonly unpricedTokens: number;
  readonly unpricedWebSearches: number;
  /** Its billed parts: several if other models took part. */
  readonly parts: readonly Part[];
}

/** The usage of a Claude home, and what could not be read. */
export interface Usage {
  /** The billed responses, by time. */
  readonly responses: readonly Response[];
  /** Lines that were read. */
  readonly lines: number;
  /** Lines without a response although they should have one, by the reason. */
  readonly skipped: Readonly<Record<string, number>>;
  /** Attempts that a model refused before any output and that are not billed: in no response. */
  readonly unbilledAttempts: number;
  /** Files and folders that could not be read, one sentence each. */
  readonly problems: readonly string[];
}

/** What a request consumed, and its terms. */
export interface Consumption {
  readonly input?: number;
  readonly output?: number;
  readonly cacheRead?: number;
  readonly cacheWrite5m?: number;
  readonly cacheWrite1h?: number;
  readonly webSearches?: number;
  /** Its time; without one the latest price is used. */
  readonly at?: Date;
  /** `fast` or `standard`. */
  readonly speed?: string;
  /** Such as `batch`. */
  readonly serviceTier?: string;
  /** Such as `us`. */
  readonly inferenceGeo?: string;
}

/** The price of a request. */
export interface Price {
  /** Canonical id of the model. */
  readonly model: string;
  /** The exact cost at list prices in pico-dollars (1e-12 USD); `null` if nothing of it has a price. */
  readonly costPicoUsd: bigint | null;
  /** The same in dollars, rounded: for drawing, not for sums. */
  readonly costUsd: number | null;
  readonly certainty: Certainty;
  readonly unpricedTokens: number;
  readonly unpricedWebSearches: number;
  /** What was assumed, such as `no_timestamp`. */
  readonly flags: readonly string[];
  /** First UTC day of the price (`YYYY-MM-DD`); `null`: it has always held. */
  readonly validFrom: string | null;
  /** First UTC day after the price; `null`: it still holds. */
  readonly validUntil: string | null;
  /** Public origin of the listed figures. */
  readonly source: string;
  readonly tableVersion: string;
}

/**
 * Reads a Claude home: every billed response once, by time, with its cost at list prices. It reads on a thread of its own.
 *
 * Rejects if the folder cannot be read; the message names it.
 */
export function readHome(path: string): Promise<Usage>;

/**
 * Prices one request at list prices: those at the time `at`, or the latest.
 *
 * Throws if the model has no price, or a number is not a whole one from 0 to 2^53 - 1.
 */
export function price(model: string, consumption: Consumption): Price;
