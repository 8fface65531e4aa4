//! Checked values of the settings.

use super::choices::{Auth, LogFormat, ProjectEdits, SqlAccess, WatchMode};
use super::folders::Folders;
use super::layers::{Layers, Source, Warning};
use super::managed::ManagedSettings;
use super::reading::{NO_HOME, SettingInForce, Values, place};
use super::rules::{self, RulesFile};
use super::setting::OFF;
use super::statusline::StatuslineFormat;
use super::ticket::TicketPattern;
use super::token::{self, AuthToken};
use super::zone::{self, ZoneSource};
use super::{collector, homes, lists, team};
use crate::base_path::BasePath;
use crate::channel::ChannelSettings;
use crate::collector::CollectorSettings;
use crate::error::ConfigError;
use crate::networks::Networks;
use crate::origin::{Host, Origin};
use crate::secret::Secret;
use chrono_tz::Tz;
use ctm_pricing::{Pack, PlanBook};
use ctm_reader::{ClaudeHome, Environment};
use ctm_types::{Budget, Projects};
use std::net::{IpAddr, SocketAddr};
use std::path::{Path, PathBuf};
use std::time::Duration;
use tracing_subscriber::EnvFilter;

/// The effective settings, validated.
#[derive(Debug, Clone)]
pub struct Settings {
    /// Claude homes that exist.
    pub homes: Vec<ClaudeHome>,
    /// Paths without a home where one was looked for.
    pub missing_homes: Vec<PathBuf>,
    /// What locates the homes.
    pub home_search: Environment,
    /// Whether the home is generated for a demonstration.
    pub demo: bool,
    /// The database.
    pub database: PathBuf,
    /// The file of the user's own prices, if there is one.
    pub prices: Option<PathBuf>,
    /// The pack of list prices in use, if any.
    pub prices_pack: Option<Pack>,
    /// The managed settings of Claude Code with prices.
    pub managed_settings: ManagedSettings,
    /// Plans and exchange rates.
    pub plans: PlanBook,
    /// Budgets of the config file.
    pub budgets: Vec<Budget>,
    /// Channels that alerts are sent to.
    pub channels: Vec<ChannelSettings>,
    /// Names of projects.
    pub projects: Projects,
    /// The file of the rules for that.
    pub rules_file: RulesFile,
    /// Time zone of days.
    pub tz: Tz,
    /// Source of the zone.
    pub tz_source: ZoneSource,
    /// Address to listen on.
    pub host: IpAddr,
    /// Port to listen on; 0 selects any free one.
    pub port: u16,
    /// Path of the server behind a reverse proxy.
    pub base_path: BasePath,
    /// Accepted `Host` names besides the server's own.
    pub allowed_hosts: Vec<Host>,
    /// Origins besides the server's own whose pages may send requests.
    pub cors_origins: Vec<Origin>,
    /// Authentication mode.
    pub auth: Auth,
    /// The token that is required, if any.
    pub auth_token: Option<AuthToken>,
    /// Changes of project rules over the network.
    pub project_edits: ProjectEdits,
    /// Statements of SQL over the network.
    pub sql: SqlAccess,
    /// Requests per second per client address; 0: unlimited.
    pub rate_limit: u32,
    /// Proxies with a trusted `X-Forwarded-For`.
    pub trusted_proxies: Networks,
    /// Concurrent connections per client address.
    pub connections_per_address: usize,
    /// Time within which a request must be complete.
    pub request_timeout: Duration,
    /// Time between listings of the homes without file events.
    pub poll_interval: Duration,
    /// Change detection.
    pub watch: WatchMode,
    /// Time between heartbeats of a WebSocket.
    pub ws_heartbeat: Duration,
    /// Concurrent WebSockets.
    pub ws_clients: usize,
    /// Time between snapshots of the totals.
    pub snapshot_interval: Duration,
    /// Retention of snapshots in days.
    pub retention_days: u64,
    /// `true` if titles of sessions are stored.
    pub session_names: bool,
    /// Address of the listener for telemetry alone, if there is one.
    pub otlp_listen: Option<SocketAddr>,
    /// The collector that is sent ctm's metrics, if there is one.
    pub collector: Option<CollectorSettings>,
    /// `true` if the server is a hub, to which machines push.
    pub team: bool,
    /// The address of the hub's database on PostgreSQL, if it is not in the database of this machine.
    pub database_url: Option<Secret>,
    /// `true` if requests that only telemetry reports are in totals.
    pub count_unlogged: bool,
    /// What is a ticket in a branch name.
    pub ticket: TicketPattern,
    /// Format of the status line.
    pub statusline_format: StatuslineFormat,
    /// Log filter, in the syntax of `tracing`.
    pub log_level: String,
    /// Format of a log line.
    pub log_format: LogFormat,
    /// The file that is logged to, if any.
    pub log_file: Option<PathBuf>,
    /// The env file that was read, if any.
    pub env_file: Option<PathBuf>,
    /// The config file that was read, if any.
    pub config: Option<PathBuf>,
    /// Warnings: valid, but probably not intended.
    pub warnings: Vec<Warning>,
    /// Homes with another path as their identity than their actual one.
    pub same_homes: Vec<(PathBuf, String)>,
    /// Name of this machine; empty if it only has an id.
    pub machine_name: String,
    /// Every setting with its value as text and its source, in the order of the table.
    pub in_force: Vec<SettingInForce>,
}

impl Settings {
    /// Reads all layers and checks every setting.
    ///
    /// # Errors
    ///
    /// Fails when a file cannot be read or understood, or with every setting that has a value
    /// which is not allowed, all at once.
    pub fn new(layers: &Layers) -> Result<Self, ConfigError> {
        let folders = Folders::of(|name| layers.absolute(name));
        let mut values = Values::new(layers.read(&folders)?);
        let same_homes = homes::same_homes(&mut values, &folders);
        let home_search = homes::environment(&mut values, layers, &folders, &same_homes);
        let found = homes::find(&mut values, &home_search);
        let (tz, tz_source) = time_zone(&mut values, layers);
        let settings = Self {
            homes: found.found,
            missing_homes: found.missing,
            home_search,
            demo: false,
            same_homes,
            database: database(&mut values, folders.data),
            machine_name: values.value("machine_name", machine_name, String::clone),
            prices: prices(&mut values, folders.config),
            prices_pack: values
                .value("prices_pack", prices_pack, |pack| pack.map_or("none", Pack::name).to_owned()),
            managed_settings: managed_settings(&mut values),
            plans: values.raw.plans.clone(),
            budgets: values.raw.budgets.clone(),
            channels: values.raw.channels.clone(),
            projects: rules::projects(&values.raw.projects),
            rules_file: values.raw.rules_file.clone(),
            tz,
            tz_source,
            host: values.parsed("host"),
            port: values.number("port"),
            base_path: values.value("base_path", BasePath::parse, |path| path.href("/")),
            allowed_hosts: values.value("allowed_hosts", lists::hosts, |hosts| lists::shown(hosts)),
            cors_origins: values.value("cors_origins", lists::origins, |origins| lists::shown(origins)),
            auth: values.value("auth", Auth::parse, |auth| auth.name().to_owned()),
            auth_token: token::read(&mut values),
            project_edits: values
                .value("project_edits", ProjectEdits::parse, |edits| edits.name().to_owned()),
            sql: values.value("sql", SqlAccess::parse, |access| access.name().to_owned()),
            rate_limit: values.number("rate_limit"),
            trusted_proxies: values.value("trusted_proxies", Networks::parse, Networks::to_string),
            connections_per_address: values.number("connections_per_address"),
            request_timeout: values.seconds("request_timeout"),
            poll_interval: values.seconds("poll_interval"),
            watch: values.value("watch", WatchMode::parse, |mode| mode.name().to_owned()),
            ws_heartbeat: values.seconds("ws_heartbeat"),
            ws_clients: values.number("ws_clients"),
            snapshot_interval: values.seconds("snapshot_interval"),
            retention_days: values.number("retention_days"),
            session_names: values.parsed("session_names"),
            otlp_listen: values.value("otlp_listen", listener, |address| {
                address.map_or_else(|| OFF.to_owned(), |address| address.to_string())
            }),
            collector: collector::read(&mut values),
            team: values.parsed("team"),
            database_url: team::database_url(&mut values),
            count_unlogged: values.parsed("count_unlogged"),
            ticket: values.value("ticket", TicketPattern::parse, TicketPattern::to_string),
            statusline_format: statusline_format(&mut values),
            log_level: values.value("log_level", log_level, String::clone),
            log_format: values.value("log_format", LogFormat::parse, |format| format.name().to_owned()),
            log_file: values.file("log_file"),
            env_file: values.raw.env_file.clone(),
            config: values.raw.config.clone(),
            warnings: Vec::new(),
            in_force: Vec::new(),
        };
        values.show_path("env_file", settings.env_file.as_deref());
        values.show_path("config", settings.config.as_deref());
        settings.check_database_place(&mut values);
        settings.check_auth(&mut values);
        if !values.errors.is_empty() {
            return Err(ConfigError::Settings { errors: values.errors });
        }
        Ok(Self { in_force: values.in_force(), warnings: values.raw.warnings, ..settings })
    }

    /// A token that is never required is a dangerous mistake.
    fn check_auth(&self, values: &mut Values) {
        if self.auth == Auth::None && self.auth_token.is_some() {
            let place = place("auth", values.source("auth"));
            values.errors.push(format!("{place} is `none` and a token is set; allowed: one of the two"));
        }
    }

    /// Nothing of ours is ever written into a Claude home.
    fn check_database_place(&self, values: &mut Values) {
        if self.is_in_home(&self.database) {
            values.refuse("database", &self.database.display().to_string());
        }
    }

    /// Returns whether a path is within a Claude home, as far as it exists.
    pub(super) fn is_in_home(&self, path: &Path) -> bool {
        let nearest = path.ancestors().find_map(|ancestor| ancestor.canonicalize().ok()).unwrap_or_default();
        self.homes.iter().any(|home| nearest.starts_with(&home.path))
    }
}

/// Parses the address of a listener, or `off`.
fn listener(text: &str) -> Option<Option<SocketAddr>> {
    if text == OFF { Some(None) } else { text.parse().ok().map(Some) }
}

/// Returns the time zone of days, and what sets it.
fn time_zone(values: &mut Values, layers: &Layers) -> (Tz, ZoneSource) {
    let (zone, source) = if let Some((_, source)) = values.raw.get("tz") {
        let source = source.into();
        (values.given("tz", |text| text.parse().ok()).unwrap_or(Tz::UTC), source)
    } else {
        let (zone, source, warning) = zone::of_machine(layers);
        values.raw.warnings.extend(warning);
        if source == ZoneSource::TzVariable {
            values.set_source("tz", Source::Environment);
        }
        (zone, source)
    };
    values.show("tz", zone.name().to_owned());
    (zone, source)
}

/// Returns the database: the given one, or the one in the platform's data folder.
fn database(values: &mut Values, folder: Option<PathBuf>) -> PathBuf {
    let named = values.path("database").or_else(|| folder.map(|folder| folder.join("ctm.db")));
    let database = named.unwrap_or_else(|| {
        let advice = "or name a file with --database or CTM_DATABASE_PATH";
        values.errors.push(format!("database has no default: {NO_HOME}, {advice}"));
        PathBuf::new()
    });
    let database = std::path::absolute(&database).unwrap_or(database);
    values.show_path("database", Some(&database));
    database
}

/// Returns the file of the user's own prices: the given one, or the one in the config folder.
fn prices(values: &mut Values, folder: Option<PathBuf>) -> Option<PathBuf> {
    let default = || folder.map(|folder| folder.join("prices.toml")).filter(|path| path.exists());
    let prices = values.path("prices").or_else(default);
    values.show_path("prices", prices.as_deref());
    prices
}

/// Returns the managed settings: a word, or a file.
fn managed_settings(values: &mut Values) -> ManagedSettings {
    let word = values.raw.get("managed_settings").map(|(text, _)| ManagedSettings::parse_word(text.trim()));
    let settings = match word {
        None => values.value("managed_settings", ManagedSettings::parse_word, ManagedSettings::to_string),
        Some(Some(word)) => word,
        Some(None) => values.path("managed_settings").map_or(ManagedSettings::Off, ManagedSettings::File),
    };
    values.show("managed_settings", settings.to_string());
    settings
}

/// Returns the format of the status line, which is shown as it was written.
fn statusline_format(values: &mut Values) -> StatuslineFormat {
    let said = values.raw.get("statusline_format").map(|(text, _)| text.to_owned());
    values.show("statusline_format", said.unwrap_or_default());
    values.given("statusline_format", StatuslineFormat::parse).unwrap_or_default()
}

/// Parses the name of a machine; an empty one counts as absent.
fn machine_name(name: &str) -> Option<String> {
    let is_allowed = name.chars().count() <= 64 && !name.chars().any(char::is_control);
    is_allowed.then(|| name.to_owned())
}

fn prices_pack(text: &str) -> Option<Option<Pack>> {
    if text == "none" { Some(None) } else { Pack::parse(text).map(Some) }
}

fn log_level(text: &str) -> Option<String> {
    // A bare word that is not a level would be taken as the name of a module.
    let level = text.split(',').next().is_some_and(|first| {
        first.contains('=') || ["error", "warn", "info", "debug", "trace", "off"].contains(&first)
    });
    (level && EnvFilter::try_new(text).is_ok()).then(|| text.to_owned())
}

#[cfg(test)]
mod tests {
    use super::*;
    use std::collections::BTreeMap;
    use std::fs;

    #[test]
    fn the_nearer_layer_wins_and_each_value_has_its_source() {
        let dir = tempfile::tempdir().unwrap();
        fs::create_dir_all(dir.path().join(".config/ctm")).unwrap();
        fs::write(
            dir.path().join(".config/ctm/config.toml"),
            "port = 1\nhost = '::1'\npoll_interval = 5\nws_heartbeat = '6'\n",
        )
        .unwrap();
        fs::write(dir.path().join(".config/ctm/.env"), "CTM_PORT=2\nCTM_POLL_INTERVAL=7\nCTM_TZ=\n").unwrap();
        let settings = Settings::new(&Layers::of_home(
            dir.path(),
            &[("port", "4")],
            &[("CTM_PORT", "3"), ("CTM_TZ", "Asia/Kolkata")],
        ))
        .unwrap();
        assert_eq!(
            (settings.port, settings.poll_interval.as_secs(), settings.ws_heartbeat.as_secs()),
            (4, 7, 6)
        );
        assert_eq!((settings.host.to_string(), settings.tz), ("::1".to_owned(), Tz::Asia__Kolkata));
        assert_eq!(settings.database, dir.path().join(".local/share/ctm/ctm.db"));
        let sources: BTreeMap<_, _> =
            settings.in_force.iter().map(|value| (value.setting.name, value.source.name())).collect();
        let of = |name: &str| sources[name];
        assert_eq!(
            [of("port"), of("tz"), of("poll_interval"), of("host"), of("watch")],
            ["flag", "env", "env_file", "file", "default"]
        );
    }

    #[test]
    fn all_bad_values_are_named_at_once_with_what_is_allowed() {
        let dir = tempfile::tempdir().unwrap();
        let bad = [
            ("CTM_HOST", "localhost"),
            ("CTM_PORT", "70000"),
            ("CTM_ALLOWED_HOSTS", "a.example,*"),
            ("CTM_CORS_ORIGINS", "*"),
            ("CTM_AUTH", "off"),
            ("CTM_RATE_LIMIT", "-1"),
            ("CTM_REQUEST_TIMEOUT", "0"),
            ("CTM_TRUSTED_PROXIES", "10.0.0.0/33"),
            ("CTM_CONNECTIONS_PER_ADDRESS", "0"),
            ("CTM_POLL_INTERVAL", "0"),
            ("CTM_WATCH", "magic"),
            ("CTM_PRICES_PACK", "other"),
            ("CTM_WS_CLIENTS", "0"),
            ("CTM_LOG_LEVEL", "loud"),
            ("CTM_TZ", "Mars/Base"),
        ];
        let error = Settings::new(&Layers::of_home(dir.path(), &[], &bad)).unwrap_err().to_string();
        for (name, value) in bad {
            assert!(error.contains(&format!("{name} is `{value}`; allowed: ")), "{error}");
        }
    }

    const TOKEN: &str = "sixteen-and-more-letters";

    #[test]
    fn lists_are_normalised_and_secrets_are_not_shown() {
        let dir = tempfile::tempdir().unwrap();
        let path = dir.path().join("token");
        fs::write(&path, format!("{TOKEN}\n")).unwrap();
        fs::create_dir_all(dir.path().join(".config/ctm")).unwrap();
        let config =
            "allowed_hosts = ['A.example', '::2']\ncors_origins = ['https://b.example/']\nrate_limit = 0\n";
        fs::write(dir.path().join(".config/ctm/config.toml"), config).unwrap();
        let file = [("auth_token_file", path.to_str().unwrap())];
        let settings =
            Settings::new(&Layers::of_home(dir.path(), &file, &[("CTM_HOST", "0.0.0.0")])).unwrap();
        assert_eq!(settings.auth_token, AuthToken::parse(TOKEN));
        settings.check_exposure().unwrap();
        let value = |name: &str| {
            settings.in_force.iter().find(|value| value.setting.name == name).unwrap().text.as_str()
        };
        assert_eq!(
            ["allowed_hosts", "cors_origins", "rate_limit", "auth_token", "auth_token_file"].map(value),
            ["a.example,[::2]", "https://b.example", "0", "not set", path.to_str().unwrap()]
        );
        assert!(!format!("{settings:?}").contains(TOKEN));
    }

    #[test]
    fn managed_settings_are_a_word_or_a_file() {
        let dir = tempfile::tempdir().unwrap();
        let config = dir.path().join("config.toml");
        let config = config.to_str().unwrap();
        let check = |said: Option<&str>, expected: &str, file: bool| {
            let environment: Vec<_> = said.iter().map(|said| ("CTM_MANAGED_SETTINGS", *said)).collect();
            let settings = Settings::new(&Layers::of_home(dir.path(), &[], &environment)).unwrap();
            let value =
                settings.in_force.iter().find(|value| value.setting.name == "managed_settings").unwrap();
            assert_eq!(
                (value.text.as_str(), settings.managed_settings.file().is_some()),
                (expected, file),
                "{said:?}"
            );
        };
        check(None, "auto", true);
        check(Some("auto"), "auto", true);
        check(Some(" off "), "off", false);
        check(Some("/x/managed.json"), "/x/managed.json", true);
        check(Some("~/m.json"), &format!("{}/m.json", dir.path().display()), true);
        fs::write(config, "managed_settings = 'm.json'\nprices_pack = 'others'").unwrap();
        let settings = Settings::new(&Layers::of_home(dir.path(), &[("config", config)], &[])).unwrap();
        assert_eq!(settings.managed_settings, ManagedSettings::File(dir.path().join("m.json")));
        assert_eq!(settings.prices_pack, Some(Pack::Others));
    }

    #[test]
    fn the_database_may_not_lie_in_a_claude_home() {
        let dir = tempfile::tempdir().unwrap();
        fs::create_dir_all(dir.path().join(".claude")).unwrap();
        let inside = dir.path().join(".claude/data/ctm.db");
        let error =
            Settings::new(&Layers::of_home(dir.path(), &[("database", inside.to_str().unwrap())], &[]))
                .unwrap_err();
        assert!(error.to_string().contains("outside every Claude home"), "{error}");
    }
}
