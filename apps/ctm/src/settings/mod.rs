//! Settings: flag, then environment, then `.env`, then the config file, then the default.
//!
//! # Design
//!
//! Every setting is a row of [`SETTINGS`]. All layers deliver texts, the first layer that has
//! one wins, and [`Settings::new`] alone turns texts into values. So each setting is checked in
//! one place, every error names the setting, the value, where it came from and what is allowed,
//! and `GET /config` can tell the source of each.

mod layers;
mod values;

pub use layers::{Layers, Source};
pub use values::{Settings, WatchMode};

/// A setting: its names on the command line, in the environment and in files, and its default.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Setting {
    /// Name in the config file; the flag is the same with `-` for `_`.
    pub name: &'static str,
    /// Name in the environment and in `.env`.
    pub env: &'static str,
    /// What holds when nothing else does, in words or as a value.
    pub default: &'static str,
    /// What it is for, and what is allowed.
    pub help: &'static str,
}

/// All settings.
pub const SETTINGS: [Setting; 13] = [
    Setting {
        name: "claude_dir",
        env: "CTM_CLAUDE_DIR",
        default: "CLAUDE_CONFIG_DIR, else ~/.config/claude and ~/.claude",
        help: "Claude homes to read, a comma-separated list of folders; with a label before it, a home is \
               called so: `work=~/.claude-work,~/.claude`",
    },
    Setting {
        name: "database",
        env: "CTM_DATABASE_PATH",
        default: "ctm/ctm.db in the platform's data folder",
        help: "database file, outside every Claude home",
    },
    Setting {
        name: "prices",
        env: "CTM_PRICES",
        default: "ctm/prices.toml in the platform's config folder, if it is there",
        help: "TOML file with prices, aliases and a discount of your own",
    },
    Setting {
        name: "tz",
        env: "CTM_TZ",
        default: "the machine's time zone",
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
        name: "poll_interval",
        env: "CTM_POLL_INTERVAL",
        default: "30",
        help: "seconds between looks at the folders when no file event came, 1 to 3600",
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
        name: "log_level",
        env: "CTM_LOG_LEVEL",
        default: "info",
        help: "`error`, `warn`, `info`, `debug`, `trace`, or a filter such as `info,ctm=debug`",
    },
    Setting {
        name: "log_file",
        env: "CTM_LOG_FILE",
        default: "none",
        help: "file to log to as well; a new one is begun each day and seven are kept",
    },
    Setting {
        name: "config",
        env: "CTM_CONFIG",
        default: "ctm/config.toml in the platform's config folder, if it is there",
        help: "config file: TOML, with the settings' names as keys",
    },
];
