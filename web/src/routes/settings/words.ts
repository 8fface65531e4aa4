/** What settings, their sources and states are called. What is not known here is shown as it is. */

import type { Setting } from '$lib/api/types';
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
	sql: () => m.settings_help_sql(),
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
	otlp_listen: () => m.settings_help_otlp_listen(),
	otlp_export: () => m.settings_help_otlp_export(),
	otlp_export_interval: () => m.settings_help_otlp_export_interval(),
	otlp_export_headers: () => m.settings_help_otlp_export_headers(),
	otlp_export_headers_file: () => m.settings_help_otlp_export_headers_file(),
	otlp_export_allow_private: () => m.settings_help_otlp_export_allow_private(),
	otlp_export_allow_http: () => m.settings_help_otlp_export_allow_http(),
	team: () => m.settings_help_team(),
	database_url: () => m.settings_help_database_url(),
	database_url_file: () => m.settings_help_database_url_file(),
	count_unlogged: () => m.settings_help_count_unlogged(),
	ticket: () => m.settings_help_ticket(),
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

export function helpWords({ name, help }: Pick<Setting, 'name' | 'help'>): string {
	return HELP[name]?.() ?? help;
}
