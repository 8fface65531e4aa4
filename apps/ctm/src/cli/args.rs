//! Command-line arguments.

use super::audit::AuditArgs;
use super::db::DbArgs;
use super::doctor::DoctorArgs;
use super::explain::ExplainArgs;
use super::export::ExportArgs;
use super::generate::{CompletionsArgs, ManArgs};
use super::healthcheck::HealthcheckArgs;
use super::limits::LimitsArgs;
use super::prices::PricesArgs;
use super::report::Report;
use super::statusline::StatuslineArgs;
use clap::{Args as ClapArgs, Parser, Subcommand};
use std::collections::BTreeMap;

/// Exact token usage and cost of Claude Code, from its transcripts.
///
/// Without a command: today, 7 days, 30 days and all time in a few lines.
#[derive(Debug, Parser)]
#[command(name = "ctm", version, about, after_help = AFTER_HELP, max_term_width = 100)]
pub(super) struct Args {
    #[command(flatten)]
    pub(super) settings: SettingArgs,
    #[command(subcommand)]
    pub(super) command: Option<Command>,
}

const AFTER_HELP: &str = "\
Amounts are estimates at API list prices, not your subscription bill.

Exit codes: 0 done, 1 other failure, 2 invalid argument or setting, 3 no readable Claude home,
4 database unusable, 5 cannot listen on the address; of `doctor` 10 warnings, 11 errors.";

/// Settings that every command accepts.
#[derive(Debug, Default, ClapArgs)]
#[command(next_help_heading = "Settings")]
pub(super) struct SettingArgs {
    /// Claude homes to read, comma-separated [default: ~/.claude and ~/.config/claude]
    #[arg(long, global = true, value_name = "DIRS")]
    claude_dir: Option<String>,
    /// Database file [default: ctm/ctm.db in the data folder]
    #[arg(long, global = true, value_name = "FILE")]
    database: Option<String>,
    /// Time zone of days, such as Europe/Berlin [default: the machine's]
    #[arg(long, global = true, value_name = "ZONE")]
    tz: Option<String>,
    /// Prices, aliases, multipliers and a discount of your own, in TOML
    #[arg(long, global = true, value_name = "FILE")]
    prices: Option<String>,
    /// Pack of list prices for other makers' models: others or none
    #[arg(long, global = true, value_name = "PACK")]
    prices_pack: Option<String>,
    /// Claude Code's managed settings whose prices are used: auto, off or a file
    // A longer name of the value would put every description of an option on lines of its own.
    #[arg(long, global = true, value_name = "SRC")]
    managed_settings: Option<String>,
    /// Config file with any of these settings, in TOML
    #[arg(long, global = true, value_name = "FILE")]
    config: Option<String>,
    /// File with lines `CTM_NAME=value` [default: ctm/.env in the config folder]
    #[arg(long, global = true, value_name = "FILE")]
    env_file: Option<String>,
    /// What is logged: error, warn, info, debug, trace, or a filter
    #[arg(long, global = true, value_name = "LEVEL")]
    log_level: Option<String>,
    /// How a line of the log looks: text or json
    #[arg(long, global = true, value_name = "FORMAT")]
    log_format: Option<String>,
    /// File to log to as well; a new one each day and at 10 MB, seven are kept
    #[arg(long, global = true, value_name = "FILE")]
    log_file: Option<String>,
}

impl SettingArgs {
    /// Returns the settings that were given as flags, by name.
    pub(super) fn flags(&self, command: Option<&Command>) -> BTreeMap<&'static str, String> {
        let mut flags = vec![
            ("claude_dir", &self.claude_dir),
            ("database", &self.database),
            ("tz", &self.tz),
            ("prices", &self.prices),
            ("prices_pack", &self.prices_pack),
            ("managed_settings", &self.managed_settings),
            ("config", &self.config),
            ("env_file", &self.env_file),
            ("log_level", &self.log_level),
            ("log_format", &self.log_format),
            ("log_file", &self.log_file),
        ];
        if let Some(Command::Healthcheck(check)) = command {
            flags.extend([("host", &check.host), ("port", &check.port)]);
        }
        if let Some(Command::Serve(serve)) = command {
            flags.extend([
                ("host", &serve.host),
                ("port", &serve.port),
                ("base_path", &serve.base_path),
                ("allowed_hosts", &serve.allowed_hosts),
                ("cors_origins", &serve.cors_origins),
                ("auth", &serve.auth),
                ("auth_token_file", &serve.auth_token_file),
                ("project_edits", &serve.project_edits),
                ("rate_limit", &serve.rate_limit),
                ("trusted_proxies", &serve.trusted_proxies),
                ("connections_per_address", &serve.connections_per_address),
                ("request_timeout", &serve.request_timeout),
                ("poll_interval", &serve.poll_interval),
                ("watch", &serve.watch),
                ("ws_heartbeat", &serve.ws_heartbeat),
                ("snapshot_interval", &serve.snapshot_interval),
                ("retention_days", &serve.retention_days),
                ("ws_clients", &serve.ws_clients),
            ]);
        }
        if let Some(Command::Statusline(statusline)) = command {
            flags.push(("statusline_format", &statusline.format));
        }
        flags.into_iter().filter_map(|(name, value)| Some((name, value.clone()?))).collect()
    }
}

#[derive(Debug, Subcommand)]
pub(super) enum Command {
    /// Serve the dashboard and the REST interface, and keep the database up to date
    Serve(Box<ServeArgs>),
    /// Print a line for Claude Code's status line, and store the official rate limits
    Statusline(StatuslineArgs),
    /// Watch today's usage, the current block, limits and recent responses in the terminal
    Watch,
    /// Show the official rate limits, their utilization over time, and when each was reached
    Limits(LimitsArgs),
    /// Print all settings with names, defaults and allowed values, as a Markdown table
    Settings,
    /// Print the OpenAPI document of the REST interface
    Openapi,
    #[command(flatten)]
    Report(Report),
    /// Write days, models, projects, sessions or every response to a file
    Export(Box<ExportArgs>),
    /// Show the line accounting, and compare with Claude Code's own figures
    Audit(Box<AuditArgs>),
    /// Explain how a session, response or day was counted
    Explain(ExplainArgs),
    /// List prices, look up a model, or check your own price file
    Prices(PricesArgs),
    /// Check the setup, and suggest remedies
    Doctor(DoctorArgs),
    /// Manage the database: status, backup, restore, check, rebuild, vacuum, forget, remember
    Db(DbArgs),
    /// Check the health of the server on this machine
    Healthcheck(HealthcheckArgs),
    /// Print shell completions
    Completions(CompletionsArgs),
    /// Print the manual page
    Man(ManArgs),
}

#[derive(Debug, ClapArgs)]
pub(super) struct ServeArgs {
    /// Serve a generated Claude home, without any data of yours
    #[arg(long)]
    pub(super) demo: bool,
    /// IP address to listen on [default: 127.0.0.1]
    #[arg(long, value_name = "ADDRESS")]
    host: Option<String>,
    /// Port to listen on; 0 takes any free one [default: 51888]
    #[arg(long)]
    port: Option<String>,
    /// Path that the server lives under behind a proxy, such as /ctm [default: /]
    #[arg(long, value_name = "PATH")]
    base_path: Option<String>,
    /// Hosts that the server may be asked as beside localhost and its own address, comma-separated
    #[arg(long, value_name = "HOSTS")]
    allowed_hosts: Option<String>,
    /// Origins whose pages may ask the server, comma-separated
    #[arg(long, value_name = "ORIGINS")]
    cors_origins: Option<String>,
    /// `token` to ask for the token if one is set, `none` to need none anywhere [default: token]
    #[arg(long, value_name = "MODE")]
    auth: Option<String>,
    /// File with the secret to ask for; the variable `CTM_AUTH_TOKEN` holds the secret itself
    #[arg(long, value_name = "FILE")]
    auth_token_file: Option<String>,
    /// `allow` to let those who may ask join, rename and split projects, `refuse` to change no file [default: allow]
    #[arg(long, value_name = "MODE")]
    project_edits: Option<String>,
    /// Requests that a client's address may send per second; 0 for any number [default: 5000]
    #[arg(long, value_name = "REQUESTS")]
    rate_limit: Option<String>,
    /// Proxies whose `X-Forwarded-For` says who asks: addresses and networks, comma-separated
    #[arg(long, value_name = "PROXIES")]
    trusted_proxies: Option<String>,
    /// Connections that a client's address may have [default: 2000]
    #[arg(long, value_name = "CONNECTIONS")]
    connections_per_address: Option<String>,
    /// Seconds that a client may take to send a request [default: 10]
    #[arg(long, value_name = "SECONDS")]
    request_timeout: Option<String>,
    /// Seconds between looks at the folders when no file event came [default: 30]
    #[arg(long, value_name = "SECONDS")]
    poll_interval: Option<String>,
    /// `notify` for file events and polling, `poll` for polling alone [default: notify]
    #[arg(long, value_name = "MODE")]
    watch: Option<String>,
    /// Seconds between heartbeats of a WebSocket [default: 30]
    #[arg(long, value_name = "SECONDS")]
    ws_heartbeat: Option<String>,
    /// Seconds between snapshots of the totals [default: 3600]
    #[arg(long, value_name = "SECONDS")]
    snapshot_interval: Option<String>,
    /// Days for which snapshots are kept; usage is kept for ever [default: 365]
    #[arg(long, value_name = "DAYS")]
    retention_days: Option<String>,
    /// WebSockets that may be open at the same time [default: 1000]
    #[arg(long, value_name = "COUNT")]
    ws_clients: Option<String>,
}
