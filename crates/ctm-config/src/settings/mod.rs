//! Settings: flag, then environment, then the env file, then the config file, then the default.
//!
//! # Design
//!
//! Every setting is a row of [`SETTINGS`]. All layers deliver texts, the first layer that has
//! one wins, and [`Settings::new`] alone turns texts into values. So each setting is checked in
//! one place, every error names the setting, the value, where it came from and what is allowed,
//! and `GET /config` can tell the source of each.
//!
//! Files of settings are the person's own: those in the config folder, and those that are named. The
//! working directory is none of these places, because commands run in directories that others filled.

mod access;
mod env_file;
mod folders;
mod layers;
mod log_format;
mod managed;
pub mod rules;
mod statusline;
mod text_file;
mod values;
mod zone;

pub use access::{Auth, Token};
pub use layers::{Layers, Source, Warning};
pub use log_format::LogFormat;
pub use managed::ManagedSettings;
pub use rules::RulesFile;
pub use statusline::{DEFAULT_STATUSLINE, STATUSLINE_FIGURES, StatuslineFormat};
pub use text_file::{MOST_BYTES as MOST_FILE_BYTES, read_text};
pub use values::{Settings, WatchMode};
pub use zone::ZoneSource;

/// A setting: its names on the command line, in the environment and in files, and its default.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Setting {
    /// Name in the config file; the flag is the same with `-` for `_`. A secret has no flag, which
    /// everybody on the machine could see, and neither has what has to hold for every command.
    pub name: &'static str,
    /// Name in the environment and in an env file.
    pub env: &'static str,
    /// What holds when nothing else does, in words or as a value.
    pub default: &'static str,
    /// What it is for, and what is allowed.
    pub help: &'static str,
}

/// All settings.
pub const SETTINGS: [Setting; 34] = [
    Setting {
        name: "claude_dir",
        env: "CTM_CLAUDE_DIR",
        default: "CLAUDE_CONFIG_DIR, else ~/.config/claude and ~/.claude",
        help: "Claude homes to read, a comma-separated list of folders; with a label before it, a home is \
               called so: `work=~/.claude-work,~/.claude`",
    },
    Setting {
        name: "same_homes",
        env: "CTM_SAME_HOMES",
        default: "none",
        help: "homes that are known by another path, as of the host of a container or of before a move: a comma-separated \
               list of `PATH=KNOWN_PATH`, such as /data/claude=/home/me/.claude",
    },
    Setting {
        name: "database",
        env: "CTM_DATABASE_PATH",
        default: "ctm/ctm.db in the platform's data folder",
        help: "database file, outside every Claude home",
    },
    Setting {
        name: "machine_name",
        env: "CTM_MACHINE_NAME",
        default: "the id in machine-id beside the database",
        help: "name of this machine, up to 64 characters",
    },
    Setting {
        name: "prices",
        env: "CTM_PRICES",
        default: "ctm/prices.toml in the platform's config folder, if it is there",
        help: "TOML file with prices, aliases, multipliers and a discount of your own",
    },
    Setting {
        name: "prices_pack",
        env: "CTM_PRICES_PACK",
        default: "none",
        help: "`others` for the list prices of other makers' models (GLM, Kimi, DeepSeek, Qwen, MiniMax, GPT); `none` to \
               leave them unpriced",
    },
    Setting {
        name: "managed_settings",
        env: "CTM_MANAGED_SETTINGS",
        default: "auto",
        help: "Claude Code's managed settings whose `modelPricing` is used: `auto` for managed-settings.json in its \
               official place, another file, or `off`",
    },
    Setting {
        name: "tz",
        env: "CTM_TZ",
        default: "TZ in the environment, else the machine's time zone",
        help: "IANA time zone that days are counted in, such as Europe/Berlin",
    },
    Setting { name: "host", env: "CTM_HOST", default: "127.0.0.1", help: "IP address to listen on" },
    Setting {
        name: "port",
        env: "CTM_PORT",
        default: "51888",
        help: "port to listen on, 0 to 65535; 0 takes any free one",
    },
    Setting {
        name: "base_path",
        env: "CTM_BASE_PATH",
        default: "/",
        help: "path that the server lives under behind a proxy, which passes it on: `/`, or such as `/ctm`, of letters, \
               digits, `-`, `.`, `_` and `~`, and not beginning as one of the server's own paths",
    },
    Setting {
        name: "allowed_hosts",
        env: "CTM_ALLOWED_HOSTS",
        default: "none",
        help: "hosts that the server may be asked as beside localhost and its own address, a comma-separated list \
               of names and IP addresses without ports; `*` is none",
    },
    Setting {
        name: "cors_origins",
        env: "CTM_CORS_ORIGINS",
        default: "none",
        help: "pages of other origins that may ask the server, a comma-separated list such as \
               https://dash.example,http://localhost:3000; `*` is none",
    },
    Setting {
        name: "auth",
        env: "CTM_AUTH",
        default: "token",
        help: "`token` to ask for the token if one is set, and to need one beyond this machine; `none` where \
               something else keeps others out",
    },
    Setting {
        name: "auth_token",
        env: "CTM_AUTH_TOKEN",
        default: "none",
        help: "secret to ask for: 16 to 1024 visible ASCII characters",
    },
    Setting {
        name: "auth_token_file",
        env: "CTM_AUTH_TOKEN_FILE",
        default: "none",
        help: "file that holds the secret to ask for, in place of auth_token",
    },
    Setting {
        name: "project_edits",
        env: "CTM_PROJECT_EDITS",
        default: "allow",
        help: "`allow` to let those who may ask join, rename and split projects, which changes the table `project` of \
               the config file; `refuse` for a server that changes no file of settings",
    },
    Setting {
        name: "rate_limit",
        env: "CTM_RATE_LIMIT",
        default: "5000",
        help: "requests that a client's address may send per second, 1 to 1000000; 0 for any number",
    },
    Setting {
        name: "trusted_proxies",
        env: "CTM_TRUSTED_PROXIES",
        default: "none",
        help: "proxies whose `X-Forwarded-For` says who asks, a comma-separated list of IP addresses and networks \
               such as `127.0.0.1,172.16.0.0/12`",
    },
    Setting {
        name: "connections_per_address",
        env: "CTM_CONNECTIONS_PER_ADDRESS",
        default: "2000",
        help: "connections that a client's address may have at the same time, 1 to 100000, and at most seven eighths of \
               all; a trusted proxy may have any number",
    },
    Setting {
        name: "request_timeout",
        env: "CTM_REQUEST_TIMEOUT",
        default: "10",
        help: "seconds that a client may take to send a request, 1 to 3600",
    },
    Setting {
        name: "poll_interval",
        env: "CTM_POLL_INTERVAL",
        default: "30",
        help: "seconds between looks at the folders when no file event came, 1 to 3600; a look is followed by a pause of 50 \
               times its length, at most ten intervals",
    },
    Setting {
        name: "watch",
        env: "CTM_WATCH",
        default: "notify",
        help: "`notify` for file events and polling, `poll` for polling alone",
    },
    Setting {
        name: "ws_heartbeat",
        env: "CTM_WS_HEARTBEAT",
        default: "30",
        help: "seconds between heartbeats of a WebSocket, 1 to 3600",
    },
    Setting {
        name: "ws_clients",
        env: "CTM_WS_CLIENTS",
        default: "1000",
        help: "WebSockets that may be open at the same time, 1 to 10000",
    },
    Setting {
        name: "snapshot_interval",
        env: "CTM_SNAPSHOT_INTERVAL",
        default: "3600",
        help: "seconds between snapshots of the totals, 1 to 604800; none is taken while nothing changes",
    },
    Setting {
        name: "retention_days",
        env: "CTM_RETENTION_DAYS",
        default: "365",
        help: "days for which snapshots are kept, 1 to 36500; usage is kept for ever",
    },
    Setting {
        name: "session_names",
        env: "CTM_SESSION_NAMES",
        default: "false",
        help: "`true` to store the titles that sessions are given by `/rename`, from the lines that are read from \
               then on; `false` to read none",
    },
    Setting {
        name: "statusline_format",
        env: "CTM_STATUSLINE_FORMAT",
        default: "model, costs, context and official limits, as far as they are known",
        help: "what `ctm statusline` shows: text, figures such as `{today_cost}`, and groups in brackets that \
               are left out when a figure in them is not known; `ctm statusline --install` lists the figures",
    },
    Setting {
        name: "log_level",
        env: "CTM_LOG_LEVEL",
        default: "info",
        help: "`error`, `warn`, `info`, `debug`, `trace`, or a filter such as `info,ctm=debug`",
    },
    Setting {
        name: "log_format",
        env: "CTM_LOG_FORMAT",
        default: "text",
        help: "`text` for people, `json` for programs: an object in each line",
    },
    Setting {
        name: "log_file",
        env: "CTM_LOG_FILE",
        default: "none",
        help: "file to log to as well; a new one is begun each day and at 10 MB, and the seven before it are kept",
    },
    Setting {
        name: "config",
        env: "CTM_CONFIG",
        default: "ctm/config.toml in the platform's config folder, if it is there",
        help: "config file: TOML, with the settings' names as keys",
    },
    Setting {
        name: "env_file",
        env: "CTM_ENV_FILE",
        default: "ctm/.env in the platform's config folder, if it is there",
        help: "file with lines `CTM_NAME=value`, in which nothing is substituted and other lines are ignored",
    },
];

#[cfg(test)]
mod tests {
    use super::*;

    const COMPOSE: &str = include_str!("../../../../docker/compose.yml");
    const EXAMPLE: &str = include_str!("../../../../docker/.env.example");

    /// Settings that the container's own layout decides.
    const FIXED: [&str; 11] = [
        "claude_dir",
        "database",
        "prices",
        "managed_settings",
        "host",
        "port",
        "auth_token_file",
        "statusline_format",
        "log_file",
        "config",
        "env_file",
    ];

    #[test]
    fn compose_passes_every_setting_that_is_not_the_containers_own() {
        for Setting { name, env, .. } in SETTINGS {
            let is_passed = COMPOSE.contains(&format!("{env}: ${{{env}:-"));
            let is_explained = EXAMPLE.contains(&format!("\n#{env}="));
            let expected = !FIXED.contains(&name);
            assert_eq!((is_passed, is_explained), (expected, expected), "{env}");
        }
    }
}
