/** What settings, their sources and states are called. What is not known here is shown as it is. */

import type { ConditionCode, Setting } from '$lib/api/types';
import { m } from '$lib/paraglide/messages';

const SOURCES: Record<string, () => string> = {
	flag: () => m.settings_source_flag(),
	env: () => m.settings_source_env(),
	env_file: () => m.settings_source_env_file(),
	file: () => m.settings_source_file(),
	default: () => m.settings_source_default()
};

const STATUSES: Record<string, () => string> = {
	healthy: () => m.settings_healthy(),
	degraded: () => m.settings_degraded(),
	unhealthy: () => m.settings_unhealthy()
};

const CONDITIONS: Record<ConditionCode, () => string> = {
	database_full: () => m.condition_database_full(),
	database_locked: () => m.condition_database_locked(),
	database_io: () => m.condition_database_io(),
	database_unopened: () => m.condition_database_unopened(),
	database_read_only: () => m.condition_database_read_only(),
	database_moved: () => m.condition_database_moved(),
	database_damaged: () => m.condition_database_damaged(),
	database_foreign: () => m.condition_database_foreign(),
	database_version: () => m.condition_database_version(),
	database_slow: () => m.condition_database_slow(),
	database_failed: () => m.condition_database_failed(),
	home_unreadable: () => m.condition_home_unreadable(),
	transcripts_unreadable: () => m.condition_transcripts_unreadable(),
	reading_failed: () => m.condition_reading_failed(),
	reading_behind: () => m.condition_reading_behind(),
	watcher_polling: () => m.condition_watcher_polling(),
	log_failing: () => m.condition_log_failing()
};

const HELP: Record<string, () => string> = {
	claude_dir: () => m.settings_help_claude_dir(),
	database: () => m.settings_help_database(),
	prices: () => m.settings_help_prices(),
	tz: () => m.settings_help_tz(),
	host: () => m.settings_help_host(),
	port: () => m.settings_help_port(),
	allowed_hosts: () => m.settings_help_allowed_hosts(),
	cors_origins: () => m.settings_help_cors_origins(),
	auth: () => m.settings_help_auth(),
	project_edits: () => m.settings_help_project_edits(),
	auth_token: () => m.settings_help_auth_token(),
	auth_token_file: () => m.settings_help_auth_token_file(),
	rate_limit: () => m.settings_help_rate_limit(),
	trusted_proxies: () => m.settings_help_trusted_proxies(),
	connections_per_address: () => m.settings_help_connections_per_address(),
	request_timeout: () => m.settings_help_request_timeout(),
	poll_interval: () => m.settings_help_poll_interval(),
	watch: () => m.settings_help_watch(),
	ws_heartbeat: () => m.settings_help_ws_heartbeat(),
	ws_clients: () => m.settings_help_ws_clients(),
	prices_pack: () => m.settings_help_prices_pack(),
	managed_settings: () => m.settings_help_managed_settings(),
	base_path: () => m.settings_help_base_path(),
	statusline_format: () => m.settings_help_statusline_format(),
	log_format: () => m.settings_help_log_format(),
	snapshot_interval: () => m.settings_help_snapshot_interval(),
	retention_days: () => m.settings_help_retention_days(),
	session_names: () => m.settings_help_session_names(),
	same_homes: () => m.settings_help_same_homes(),
	machine_name: () => m.settings_help_machine_name(),
	log_level: () => m.settings_help_log_level(),
	log_file: () => m.settings_help_log_file(),
	config: () => m.settings_help_config(),
	env_file: () => m.settings_help_env_file()
};

export function sourceWords(source: string): string {
	return SOURCES[source]?.() ?? source;
}

export function statusWords(status: string): string {
	return STATUSES[status]?.() ?? status;
}

/** Returns what a condition is called; a newer server has more of them. */
export function conditionWords(code: ConditionCode): string {
	return CONDITIONS[code]?.() ?? code;
}

export function helpWords({ name, help }: Pick<Setting, 'name' | 'help'>): string {
	return HELP[name]?.() ?? help;
}
