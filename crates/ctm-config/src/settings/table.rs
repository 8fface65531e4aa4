//! The settings: one row for each.

use super::choices::{Auth, LogFormat, ProjectEdits, SqlAccess, WatchMode};
use super::setting::{Container, DefaultValue, Flag, Setting, ValueKind};
use super::ticket::KEYS;
use ctm_pricing::Pack;

/// Passed by Compose, with the same default as outside.
const PASSED: Container = Container::Passed { default: None, note: "" };

/// Seconds of up to an hour.
const SECONDS: ValueKind = ValueKind::Number { least: 1, most: 3600 };

/// The command that serves.
const SERVE: &[&str] = &["serve"];

/// All settings.
pub const SETTINGS: [Setting; 47] = [
    Setting {
        name: "claude_dir",
        env: "CTM_CLAUDE_DIR",
        flag: Flag::Global("HOMES"),
        kind: ValueKind::List,
        default: DefaultValue::Derived("CLAUDE_CONFIG_DIR, else ~/.config/claude and ~/.claude"),
        help: "Claude homes to read, comma-separated",
        details: "with a label: `work=~/.claude-work,~/.claude`; `auto`: all homes of this user, Cowork and Xcode included",
        container: Container::Fixed,
    },
    Setting {
        name: "same_homes",
        env: "CTM_SAME_HOMES",
        flag: Flag::None,
        kind: ValueKind::List,
        default: DefaultValue::Value(""),
        help: "Homes known by another path, comma-separated",
        details: "`PATH=KNOWN_PATH` for a home seen from a container or moved, such as `/data/claude=/home/me/.claude`",
        container: PASSED,
    },
    Setting {
        name: "database",
        env: "CTM_DATABASE_PATH",
        flag: Flag::Global("FILE"),
        kind: ValueKind::Path,
        default: DefaultValue::Derived("ctm/ctm.db in the data folder"),
        help: "Database file",
        details: "outside every Claude home",
        container: Container::Fixed,
    },
    Setting {
        name: "machine_name",
        env: "CTM_MACHINE_NAME",
        flag: Flag::None,
        kind: ValueKind::Text,
        default: DefaultValue::Derived("the id in machine-id next to the database"),
        help: "Name of this machine, up to 64 characters",
        details: "",
        container: PASSED,
    },
    Setting {
        name: "prices",
        env: "CTM_PRICES",
        flag: Flag::Global("FILE"),
        kind: ValueKind::Path,
        default: DefaultValue::Derived("ctm/prices.toml in the config folder, if present"),
        help: "Your own prices, aliases, multipliers and discount, in TOML",
        details: "",
        container: Container::Fixed,
    },
    Setting {
        name: "prices_pack",
        env: "CTM_PRICES_PACK",
        flag: Flag::Global("PACK"),
        kind: ValueKind::Choice(&["none", Pack::Others.name()]),
        default: DefaultValue::Value("none"),
        help: "List prices of other makers' models",
        details: "`others`: GLM, Kimi, DeepSeek, Qwen, MiniMax and GPT; `none`: their cost is unknown",
        container: PASSED,
    },
    Setting {
        name: "managed_settings",
        env: "CTM_MANAGED_SETTINGS",
        // A longer name of the value would put every description of an option on lines of its own.
        flag: Flag::Global("SRC"),
        kind: ValueKind::Path,
        default: DefaultValue::Value("auto"),
        help: "Claude Code's managed settings with `modelPricing`: auto, off or a file",
        details: "`auto`: managed-settings.json in its official place, if present",
        container: Container::Fixed,
    },
    Setting {
        name: "tz",
        env: "CTM_TZ",
        flag: Flag::Global("ZONE"),
        kind: ValueKind::Text,
        default: DefaultValue::Derived("TZ in the environment, else the machine's"),
        help: "IANA time zone of days, such as Europe/Berlin",
        details: "",
        container: Container::Passed { default: Some("UTC"), note: "" },
    },
    Setting {
        name: "host",
        env: "CTM_HOST",
        flag: Flag::Of(&["serve", "healthcheck"], "ADDRESS"),
        kind: ValueKind::Text,
        default: DefaultValue::Value("127.0.0.1"),
        help: "IP address of the server",
        details: "beyond this machine a token is required, or `auth` set to `none`",
        container: Container::Fixed,
    },
    Setting {
        name: "port",
        env: "CTM_PORT",
        flag: Flag::Of(&["serve", "healthcheck"], "PORT"),
        kind: ValueKind::NumberOrZero { most: 65_535, zero: "any free port" },
        default: DefaultValue::Value("51888"),
        help: "Port of the server",
        details: "",
        container: Container::Fixed,
    },
    Setting {
        name: "base_path",
        env: "CTM_BASE_PATH",
        flag: Flag::Of(SERVE, "PATH"),
        kind: ValueKind::Text,
        default: DefaultValue::Value("/"),
        help: "Path of the server behind a reverse proxy, such as /ctm",
        details: "the proxy passes it on; letters, digits, `-`, `.`, `_` and `~`, not beginning with one of the server's own \
                  paths",
        container: PASSED,
    },
    Setting {
        name: "allowed_hosts",
        env: "CTM_ALLOWED_HOSTS",
        flag: Flag::Of(SERVE, "HOSTS"),
        kind: ValueKind::List,
        default: DefaultValue::Value(""),
        help: "Accepted `Host` names besides localhost, comma-separated",
        details: "names and IP addresses without ports, such as the public name of a reverse proxy; no `*`",
        container: PASSED,
    },
    Setting {
        name: "cors_origins",
        env: "CTM_CORS_ORIGINS",
        flag: Flag::Of(SERVE, "ORIGINS"),
        kind: ValueKind::List,
        default: DefaultValue::Value(""),
        help: "Other origins whose pages may send requests, comma-separated",
        details: "such as `https://dash.example,http://localhost:3000`; no `*`",
        container: PASSED,
    },
    Setting {
        name: "auth",
        env: "CTM_AUTH",
        flag: Flag::Of(SERVE, "MODE"),
        kind: ValueKind::Choice(Auth::NAMES),
        default: DefaultValue::Value(Auth::Token.name()),
        help: "Authentication of clients",
        details: "`token`: required where a token is set, and a token is required beyond this machine; `none`: something \
                  else restricts access",
        container: Container::Passed {
            default: Some(Auth::None.name()),
            note: "the port is only published on 127.0.0.1; behind a reverse proxy `token` and a secret",
        },
    },
    Setting {
        name: "auth_token",
        env: "CTM_AUTH_TOKEN",
        flag: Flag::None,
        kind: ValueKind::Text,
        default: DefaultValue::Derived("none"),
        help: "Secret of clients: 16 to 1024 visible ASCII characters",
        details: "",
        container: PASSED,
    },
    Setting {
        name: "auth_token_file",
        env: "CTM_AUTH_TOKEN_FILE",
        flag: Flag::Of(SERVE, "FILE"),
        kind: ValueKind::Path,
        default: DefaultValue::Derived("none"),
        help: "File with the secret, in place of CTM_AUTH_TOKEN",
        details: "",
        container: Container::Fixed,
    },
    Setting {
        name: "project_edits",
        env: "CTM_PROJECT_EDITS",
        flag: Flag::Of(SERVE, "MODE"),
        kind: ValueKind::Choice(ProjectEdits::NAMES),
        default: DefaultValue::Value(ProjectEdits::Allow.name()),
        help: "Changes of project rules over REST",
        details: "`allow`: clients join, rename and split projects in the table `project` of the config file; `refuse`: the \
                  server changes no file of settings",
        container: PASSED,
    },
    Setting {
        name: "sql",
        env: "CTM_SQL",
        flag: Flag::Of(SERVE, "MODE"),
        kind: ValueKind::Choice(SqlAccess::NAMES),
        default: DefaultValue::Value(SqlAccess::Local.name()),
        help: "Statements of SQL over REST, which only read",
        details: "`local`: if `host` is a loopback address; `allow`: on any address; `refuse`: never. `ctm sql` does not need it",
        container: PASSED,
    },
    Setting {
        name: "rate_limit",
        env: "CTM_RATE_LIMIT",
        flag: Flag::Of(SERVE, "REQUESTS"),
        kind: ValueKind::NumberOrZero { most: 1_000_000, zero: "unlimited" },
        default: DefaultValue::Value("5000"),
        help: "Requests per second per client address",
        details: "",
        container: PASSED,
    },
    Setting {
        name: "trusted_proxies",
        env: "CTM_TRUSTED_PROXIES",
        flag: Flag::Of(SERVE, "PROXIES"),
        kind: ValueKind::List,
        default: DefaultValue::Value(""),
        help: "Proxies with a trusted `X-Forwarded-For`, comma-separated",
        details: "IP addresses and networks, such as `127.0.0.1,172.16.0.0/12`; limits then apply to their clients",
        container: PASSED,
    },
    Setting {
        name: "connections_per_address",
        env: "CTM_CONNECTIONS_PER_ADDRESS",
        flag: Flag::Of(SERVE, "CONNECTIONS"),
        kind: ValueKind::Number { least: 1, most: 100_000 },
        default: DefaultValue::Value("2000"),
        help: "Concurrent connections per client address",
        details: "at most seven eighths of all; a trusted proxy is not limited",
        container: PASSED,
    },
    Setting {
        name: "request_timeout",
        env: "CTM_REQUEST_TIMEOUT",
        flag: Flag::Of(SERVE, "SECONDS"),
        kind: SECONDS,
        default: DefaultValue::Value("10"),
        help: "Seconds within which a request must be complete",
        details: "",
        container: PASSED,
    },
    Setting {
        name: "poll_interval",
        env: "CTM_POLL_INTERVAL",
        flag: Flag::Of(SERVE, "SECONDS"),
        kind: SECONDS,
        default: DefaultValue::Value("30"),
        help: "Seconds between listings of the homes without file events",
        details: "the pause is at least 50 times the length of a listing, and at most ten intervals",
        container: Container::Passed {
            default: None,
            note: "file events of a Windows or macOS host do not reach a container: changes are noticed this late there",
        },
    },
    Setting {
        name: "watch",
        env: "CTM_WATCH",
        flag: Flag::Of(SERVE, "MODE"),
        kind: ValueKind::Choice(WatchMode::NAMES),
        default: DefaultValue::Value(WatchMode::Notify.name()),
        help: "Change detection of transcripts",
        details: "`notify`: file events and polling; `poll`: only polling",
        container: PASSED,
    },
    Setting {
        name: "ws_heartbeat",
        env: "CTM_WS_HEARTBEAT",
        flag: Flag::Of(SERVE, "SECONDS"),
        kind: SECONDS,
        default: DefaultValue::Value("30"),
        help: "Seconds between heartbeats of a WebSocket",
        details: "",
        container: PASSED,
    },
    Setting {
        name: "ws_clients",
        env: "CTM_WS_CLIENTS",
        flag: Flag::Of(SERVE, "COUNT"),
        kind: ValueKind::Number { least: 1, most: 10_000 },
        default: DefaultValue::Value("1000"),
        help: "Concurrent WebSockets",
        details: "",
        container: PASSED,
    },
    Setting {
        name: "snapshot_interval",
        env: "CTM_SNAPSHOT_INTERVAL",
        flag: Flag::Of(SERVE, "SECONDS"),
        kind: ValueKind::Number { least: 1, most: 604_800 },
        default: DefaultValue::Value("3600"),
        help: "Seconds between snapshots of the totals",
        details: "no snapshot is taken while nothing changes",
        container: PASSED,
    },
    Setting {
        name: "retention_days",
        env: "CTM_RETENTION_DAYS",
        flag: Flag::Of(SERVE, "DAYS"),
        kind: ValueKind::Number { least: 1, most: 36_500 },
        default: DefaultValue::Value("365"),
        help: "Retention of snapshots in days",
        details: "usage is kept permanently",
        container: PASSED,
    },
    Setting {
        name: "session_names",
        env: "CTM_SESSION_NAMES",
        flag: Flag::None,
        kind: ValueKind::Switch,
        default: DefaultValue::Value("false"),
        help: "Storage of session titles from `/rename`",
        details: "`true`: titles of lines read from then on are stored; `false`: none",
        container: PASSED,
    },
    Setting {
        name: "otlp_listen",
        env: "CTM_OTLP_LISTEN",
        flag: Flag::Of(SERVE, "ADDRESS"),
        kind: ValueKind::Text,
        default: DefaultValue::Value("off"),
        help: "Address and port of a listener for telemetry alone, or off",
        details: "such as `127.0.0.1:4318`; on the port of the server, telemetry is always received below `/otlp`",
        container: Container::Fixed,
    },
    Setting {
        name: "otlp_export",
        env: "CTM_OTLP_EXPORT",
        flag: Flag::Of(SERVE, "ADDRESS"),
        kind: ValueKind::Text,
        default: DefaultValue::Value("off"),
        help: "Address of a collector that is sent ctm's metrics over OTLP, or off",
        details: "such as `https://otel.example/v1/metrics`; without user, query and fragment, because it is shown: keys belong in \
                  headers",
        container: PASSED,
    },
    Setting {
        name: "otlp_export_interval",
        env: "CTM_OTLP_EXPORT_INTERVAL",
        flag: Flag::Of(SERVE, "SECONDS"),
        kind: SECONDS,
        default: DefaultValue::Value("60"),
        help: "Seconds between two exports of metrics to the collector",
        details: "",
        container: PASSED,
    },
    Setting {
        name: "otlp_export_headers",
        env: "CTM_OTLP_EXPORT_HEADERS",
        flag: Flag::None,
        kind: ValueKind::Text,
        default: DefaultValue::Derived("none"),
        help: "Headers for the collector: `name=value`, comma-separated",
        details: "such as `authorization=Bearer%20KEY`; values are percent-encoded, as in `OTEL_EXPORTER_OTLP_HEADERS`",
        container: PASSED,
    },
    Setting {
        name: "otlp_export_headers_file",
        env: "CTM_OTLP_EXPORT_HEADERS_FILE",
        flag: Flag::Of(SERVE, "FILE"),
        kind: ValueKind::Path,
        default: DefaultValue::Derived("none"),
        help: "File with the headers, in place of CTM_OTLP_EXPORT_HEADERS",
        details: "one header a line, in the same form",
        container: Container::Fixed,
    },
    Setting {
        name: "otlp_export_allow_private",
        env: "CTM_OTLP_EXPORT_ALLOW_PRIVATE",
        flag: Flag::Of(SERVE, "SWITCH"),
        kind: ValueKind::Switch,
        default: DefaultValue::Value("false"),
        help: "Collectors in private networks and on this machine",
        details: "`true`: permitted; `false`: addresses of the public internet alone",
        container: PASSED,
    },
    Setting {
        name: "otlp_export_allow_http",
        env: "CTM_OTLP_EXPORT_ALLOW_HTTP",
        flag: Flag::Of(SERVE, "SWITCH"),
        kind: ValueKind::Switch,
        default: DefaultValue::Value("false"),
        help: "Collectors without encryption",
        details: "`true`: `http` is permitted, which shows the headers to the network; `false`: `https` alone",
        container: PASSED,
    },
    Setting {
        name: "team",
        env: "CTM_TEAM",
        flag: Flag::Of(SERVE, "SWITCH"),
        kind: ValueKind::Switch,
        default: DefaultValue::Value("false"),
        help: "Pushes of other machines, which enrol with an invite",
        details: "`true`: the server is a hub (`ctm serve --team`); `false`: it receives none",
        container: PASSED,
    },
    Setting {
        name: "database_url",
        env: "CTM_DATABASE_URL",
        flag: Flag::None,
        kind: ValueKind::Text,
        default: DefaultValue::Derived("none"),
        help: "Address of the hub's database on PostgreSQL",
        details: "such as `postgres://ctm:PASSWORD@db.example/ctm?sslmode=verify-full`; requires `team`",
        container: PASSED,
    },
    Setting {
        name: "database_url_file",
        env: "CTM_DATABASE_URL_FILE",
        flag: Flag::Of(SERVE, "FILE"),
        kind: ValueKind::Path,
        default: DefaultValue::Derived("none"),
        help: "File with that address, in place of CTM_DATABASE_URL",
        details: "",
        container: Container::Fixed,
    },
    Setting {
        name: "count_unlogged",
        env: "CTM_COUNT_UNLOGGED",
        flag: Flag::None,
        kind: ValueKind::Switch,
        default: DefaultValue::Value("false"),
        help: "Requests that only telemetry reports in the totals of reports",
        details: "`true`: included unless a report says otherwise; `false`: shown apart",
        container: PASSED,
    },
    Setting {
        name: "ticket",
        env: "CTM_TICKET",
        flag: Flag::None,
        kind: ValueKind::Text,
        default: DefaultValue::Value(KEYS),
        help: "Regular expression of tickets in branch names, for `ctm by ticket`",
        details: "the ticket is the first group, or the whole match without groups, such as `^issue/([0-9]+)`",
        container: PASSED,
    },
    Setting {
        name: "statusline_format",
        env: "CTM_STATUSLINE_FORMAT",
        flag: Flag::Of(&["statusline"], "FORMAT"),
        kind: ValueKind::Text,
        default: DefaultValue::Derived("model, costs, context and official limits"),
        help: "Format of the line: text, `{figure}`, and groups in brackets",
        details: "a group with an unknown figure is omitted; `ctm statusline --install` lists the figures",
        container: Container::Fixed,
    },
    Setting {
        name: "log_level",
        env: "CTM_LOG_LEVEL",
        flag: Flag::Global("LEVEL"),
        kind: ValueKind::Text,
        default: DefaultValue::Value("info"),
        help: "Log level: error, warn, info, debug, trace, or a filter",
        details: "a filter is such as `info,ctm=debug`",
        container: PASSED,
    },
    Setting {
        name: "log_format",
        env: "CTM_LOG_FORMAT",
        flag: Flag::Global("FORMAT"),
        kind: ValueKind::Choice(LogFormat::NAMES),
        default: DefaultValue::Value(LogFormat::Text.name()),
        help: "Log format",
        details: "`text`: for people; `json`: an object per line",
        container: PASSED,
    },
    Setting {
        name: "log_file",
        env: "CTM_LOG_FILE",
        flag: Flag::Global("FILE"),
        kind: ValueKind::Path,
        default: DefaultValue::Derived("none"),
        help: "Additional log file",
        details: "rotated each day and at 10 MB; seven old files are kept",
        container: Container::Fixed,
    },
    Setting {
        name: "config",
        env: "CTM_CONFIG",
        flag: Flag::Global("FILE"),
        kind: ValueKind::Path,
        default: DefaultValue::Derived("ctm/config.toml in the config folder, if present"),
        help: "Config file: TOML with the names of settings as keys",
        details: "",
        container: Container::Fixed,
    },
    Setting {
        name: "env_file",
        env: "CTM_ENV_FILE",
        flag: Flag::Global("FILE"),
        kind: ValueKind::Path,
        default: DefaultValue::Derived("ctm/.env in the config folder, if present"),
        help: "Env file with lines `CTM_NAME=value`",
        details: "nothing is substituted, and other lines are ignored",
        container: Container::Fixed,
    },
];

/// Returns the setting of a name that the code itself writes.
pub(super) fn named(name: &str) -> &'static Setting {
    SETTINGS.iter().find(|setting| setting.name == name).expect("every value belongs to a setting")
}

/// Returns the known name that is most similar to an unknown one.
pub(super) fn similar<'a>(unknown: &str, known: impl Iterator<Item = &'a str>) -> Option<&'a str> {
    let likeness = |name: &'a str| (strsim::jaro_winkler(unknown, name), name);
    let nearest = known.map(likeness).max_by(|(one, _), (other, _)| one.total_cmp(other));
    nearest.filter(|(likeness, _)| *likeness > 0.85).map(|(_, name)| name)
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::settings::{Layers, Settings};

    const COMPOSE: &str = include_str!("../../../../docker/compose.yml");

    #[test]
    fn compose_passes_every_setting_that_is_not_the_containers_own_with_its_default() {
        for setting in &SETTINGS {
            let env = setting.env;
            let expected = setting.container_default();
            let passed = COMPOSE.lines().find_map(|line| {
                line.trim().strip_prefix(env)?.strip_prefix(": ${")?.strip_prefix(env)?.strip_prefix(":-")
            });
            assert_eq!(passed.and_then(|rest| rest.strip_suffix('}')), expected, "{env}");
        }
    }

    #[test]
    fn every_row_has_a_value_and_the_shown_value_is_read_as_the_same() {
        let home = tempfile::tempdir().unwrap();
        let environment = |more: Option<(&str, &str)>| {
            let home = ("HOME".to_owned(), home.path().into());
            more.map(|(name, value)| (name.to_owned(), value.into())).into_iter().chain([home]).collect()
        };
        let settings = |more| {
            Settings::new(&Layers { environment: environment(more), ..Layers::default() }).unwrap().in_force
        };
        let defaults = settings(None);
        assert_eq!(
            defaults.iter().map(|value| value.setting.name).collect::<Vec<_>>(),
            SETTINGS.map(|s| s.name)
        );
        for value in defaults {
            let setting = value.setting;
            if let DefaultValue::Value(text) = setting.default {
                assert_eq!(value.text, text, "{}", setting.name);
                let again = settings(Some((setting.env, text)));
                let again = again.into_iter().find(|value| value.setting == setting).unwrap();
                assert_eq!(again.text, text, "{}", setting.name);
            }
        }
    }

    #[test]
    fn names_follow_one_rule_and_lines_of_help_are_short() {
        for setting in &SETTINGS {
            let env = format!("CTM_{}", setting.name.to_uppercase());
            assert!(setting.env == env || setting.name == "database", "{env}");
            assert!(setting.summary().chars().count() <= 72, "{}: {}", setting.name, setting.summary());
            assert!(setting.help.starts_with(|first: char| !first.is_lowercase()), "{}", setting.name);
            assert!(!setting.help.ends_with('.') && !setting.details.ends_with('.'), "{}", setting.name);
        }
    }
}
