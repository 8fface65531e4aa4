/** Settings, of which some contain names: of machines, hosts, homes, files. */

/** Settings whose values are numbers, times, zones or words of ctm. The value of any other one is hidden. */
const WITHOUT_NAMES: ReadonlySet<unknown> = new Set([
	'prices_pack',
	'tz',
	'port',
	'auth',
	'auth_token',
	'project_edits',
	'sql',
	'rate_limit',
	'connections_per_address',
	'request_timeout',
	'poll_interval',
	'watch',
	'ws_heartbeat',
	'ws_clients',
	'snapshot_interval',
	'retention_days',
	'session_names',
	'otlp_export_interval',
	'otlp_export_headers',
	'otlp_export_allow_private',
	'otlp_export_allow_http',
	'team',
	'database_url',
	'log_level',
	'log_format'
]);

/** Returns a setting without a value that may contain names; what it is without any setting contains none. */
export function hideSetting(setting: Readonly<Record<string, unknown>>): unknown {
	const { name, value } = setting;
	const isShown = value === '' || value === setting.default || WITHOUT_NAMES.has(name);
	return isShown ? setting : { ...setting, value: '…' };
}
