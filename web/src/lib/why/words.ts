/** What the server's names for rules, flags and kinds mean, in plain words. */

import { m } from '$lib/paraglide/messages';

type Words = Readonly<Record<string, () => string>>;

/** Why a line does not count although it logs the response, by the rule that put another before it. */
export const RULES: Words = {
	final: () => m.why_rule_final(),
	more_output: () => m.why_rule_more_output(),
	own_line: () => m.why_rule_own_line(),
	main_conversation: () => m.why_rule_main_conversation(),
	own_file: () => m.why_rule_own_file(),
	smallest_path: () => m.why_rule_smallest_path(),
	latest_line: () => m.why_rule_latest_line(),
	smallest_home: () => m.why_rule_smallest_home()
};

/** What a person should know of a response and its price. */
export const FLAGS: Words = {
	unfinalised: () => m.why_flag_unfinalised(),
	completed_by_telemetry: () => m.why_flag_completed_by_telemetry(),
	witnesses_differ: () => m.why_flag_witnesses_differ(),
	cache_duration_assumed: () => m.why_flag_cache_duration_assumed(),
	unpriced: () => m.why_flag_unpriced(),
	unbilled_refusal: () => m.why_flag_unbilled_refusal(),
	unknown_refusal: () => m.why_flag_unknown_refusal(),
	before_effective: () => m.why_flag_before_effective(),
	no_timestamp: () => m.why_flag_no_timestamp(),
	retired_model: () => m.why_flag_retired_model(),
	fast_rate_unknown: () => m.why_flag_fast_rate_unknown(),
	speed_unknown: () => m.why_flag_speed_unknown(),
	service_tier_unknown: () => m.why_flag_service_tier_unknown(),
	inference_geo_unknown: () => m.why_flag_inference_geo_unknown(),
	platform_premium: () => m.why_flag_platform_premium(),
	override: () => m.why_flag_override(),
	derived: () => m.why_flag_derived(),
	managed: () => m.why_flag_managed(),
	provider_unknown: () => m.why_flag_provider_unknown()
};

/** What listed prices are multiplied for. */
export const MULTIPLIERS: Words = {
	batch: () => m.why_multiplier_batch(),
	us_inference: () => m.why_multiplier_us_inference(),
	regional: () => m.why_multiplier_regional(),
	multiplier: () => m.why_multiplier_multiplier(),
	managed: () => m.why_multiplier_managed()
};

/** What is counted. */
export const KINDS: Words = {
	input: () => m.input(),
	output: () => m.output(),
	cache_read: () => m.cache_read(),
	cache_write_5m: () => m.cache_write_5m(),
	cache_write_1h: () => m.cache_write_1h(),
	web_searches: () => m.web_searches()
};

/** Returns what `name` means, or the name itself where a newer server has one more. */
export function wordsOf(words: Words, name: string): string {
	return words[name]?.() ?? name;
}
