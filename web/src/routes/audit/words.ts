/** What the server's codes mean. A code that is not known here is shown as it is. */

import { m } from '$lib/paraglide/messages';

const SKIPPED: Record<string, () => string> = {
	blank: () => m.audit_skip_blank(),
	no_usage: () => m.audit_skip_no_usage(),
	not_an_object: () => m.audit_skip_not_an_object(),
	malformed: () => m.audit_skip_malformed(),
	too_long: () => m.audit_skip_too_long(),
	usage_not_an_object: () => m.audit_skip_usage_not_an_object(),
	synthetic: () => m.audit_skip_synthetic(),
	zero_usage: () => m.audit_skip_zero_usage(),
	no_timestamp: () => m.audit_skip_no_timestamp(),
	bad_timestamp: () => m.audit_skip_bad_timestamp(),
	tool_result_summary: () => m.audit_skip_tool_result_summary()
};

const ISSUES: Record<string, () => string> = {
	...SKIPPED,
	recovered: () => m.audit_issue_recovered(),
	bad_count: () => m.audit_issue_bad_count(),
	iterations_below_total: () => m.audit_issue_iterations_below_total(),
	zone_assumed: () => m.audit_issue_zone_assumed()
};

const REASONS: Record<string, (inputs: { number: number; count: string }) => string> = {
	per_line: () => m.audit_reason_per_line(),
	stale: () => m.audit_reason_stale(),
	input_output_only: () => m.audit_reason_input_output_only(),
	days_dropped: m.audit_reason_days_dropped,
	deleted: () => m.audit_reason_deleted(),
	implausible: m.audit_reason_implausible,
	unknown_version: () => m.audit_reason_unknown_version()
};

/** Explains why a line logs no response. */
export function skippedWords(reason: string): string {
	return SKIPPED[reason]?.() ?? reason;
}

/** Explains what is the matter with a line. */
export function issueWords(kind: string): string {
	return ISSUES[kind]?.() ?? kind;
}

/** Explains why Claude Code's figures differ from ours. */
export function reasonWords({ code, text }: { code: string; text: string }): string {
	// Their number is only in the server's sentence.
	const count = /\d+/.exec(text)?.[0] ?? '–';
	return REASONS[code]?.({ number: Number(count), count }) ?? text;
}
