//! Checked values of the settings.

use super::access::{self, Auth, Token};
use super::folders::Folders;
use super::layers::{Layers, RawSettings, Source, Warning};
use super::log_format::LogFormat;
use super::rules::{self, RulesFile};
use super::zone::{self, ZoneSource};
use super::{ManagedSettings, SETTINGS, Setting, StatuslineFormat};
use crate::base_path::BasePath;
use crate::error::ConfigError;
use crate::networks::Networks;
use crate::origin::{Host, Origin};
use chrono_tz::Tz;
use ctm_pricing::Pack;
use ctm_reader::{ClaudeHome, Environment, expand_home, find_homes, read_regular};
use ctm_types::Projects;
use ctm_types::printable::{self, one_line};
use std::io::ErrorKind;
use std::net::IpAddr;
use std::ops::RangeInclusive;
use std::path::{Path, PathBuf};
use std::sync::Arc;
use std::time::Duration;
use tracing_subscriber::EnvFilter;

/// The largest file of a token, in bytes: white space around it is allowed.
const MOST_TOKEN_BYTES: u64 = 4096;

/// Characters of a value that an error shows at most.
const MOST_SHOWN: usize = 200;

/// What to do where the environment and the platform name no home folder.
const NO_HOME: &str = "no home folder is known; set HOME to an absolute path";

/// Change detection of transcripts.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum WatchMode {
    /// By file events, and by looking now and then.
    Notify,
    /// By looking now and then alone.
    Poll,
}

impl WatchMode {
    /// Returns the mode's name.
    #[must_use]
    pub fn name(self) -> &'static str {
        match self {
            Self::Notify => "notify",
            Self::Poll => "poll",
        }
    }
}

/// The settings in force, checked.
#[derive(Debug, Clone)]
pub struct Settings {
    /// Claude homes that exist.
    pub homes: Vec<ClaudeHome>,
    /// Places where a home was looked for and none is.
    pub missing_homes: Vec<PathBuf>,
    /// The database.
    pub database: PathBuf,
    /// Prices of the person's own: the file, if there is one.
    pub prices: Option<PathBuf>,
    /// The pack of list prices that is used, if any.
    pub prices_pack: Option<Pack>,
    /// The managed settings of Claude Code whose prices are used.
    pub managed_settings: ManagedSettings,
    /// Names of projects.
    pub projects: Projects,
    /// Where the rules for that are kept.
    pub rules_file: RulesFile,
    /// The zone that days are counted in.
    pub tz: Tz,
    /// What says it.
    pub tz_source: ZoneSource,
    /// Address to listen on.
    pub host: IpAddr,
    /// Port to listen on; 0 takes any free one.
    pub port: u16,
    /// Path that the server lives under.
    pub base_path: BasePath,
    /// Hosts that the server may be asked as, beside its own.
    pub allowed_hosts: Vec<Host>,
    /// Origins whose pages may ask the server, beside its own.
    pub cors_origins: Vec<Origin>,
    /// Authentication mode.
    pub auth: Auth,
    /// The token that is asked for, if any.
    pub auth_token: Option<Token>,
    /// Whether rules of projects may be changed over the network.
    pub project_edits: bool,
    /// Requests that an address may send per second; 0: any number.
    pub rate_limit: u32,
    /// Proxies that say for whom they ask.
    pub trusted_proxies: Networks,
    /// Connections that an address may have at the same time.
    pub connections_per_address: usize,
    /// Time that a client may take to send a request.
    pub request_timeout: Duration,
    /// Time between looks at the folders.
    pub poll_interval: Duration,
    /// Change detection.
    pub watch: WatchMode,
    /// Time between heartbeats of a WebSocket.
    pub ws_heartbeat: Duration,
    /// WebSockets that may be open at the same time.
    pub ws_clients: usize,
    /// Time between snapshots of the totals.
    pub snapshot_interval: Duration,
    /// Days for which snapshots are kept.
    pub retention_days: u64,
    /// Whether titles of sessions are stored.
    pub session_names: bool,
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
    /// Homes that are known by another path than the one where they lie.
    pub same_homes: Vec<(PathBuf, String)>,
    /// Name of this machine; empty where it has none beside its id.
    pub machine_name: String,
    /// Each setting's value as text, and where it came from.
    pub origins: Vec<(Setting, String, Source)>,
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
        let mut said = layers.read(&folders)?;
        let mut values =
            Values { errors: std::mem::take(&mut said.errors), said, zone_source: ZoneSource::Machine };

        let claude_config_dir = values.claude_config_dir(layers);
        let same_homes =
            values.parsed("same_homes", Vec::new, |list| parse_same_homes(list, folders.home.as_deref()));
        let claude_dirs = values.said.get("claude_dir");
        let environment = Environment {
            claude_dirs: claude_dirs.map(|(list, _)| list.to_owned()),
            base: claude_dirs.map(|(_, source)| source.folder().to_owned()).unwrap_or_default(),
            same_homes: same_homes.clone(),
            claude_config_dir,
            xdg_config_home: layers.absolute("XDG_CONFIG_HOME"),
            home: folders.home.clone(),
        };
        let homes = find_homes(&environment);
        let database = values.database(folders.data);
        let default_prices = folders.config.map(|folder| folder.join("prices.toml"));
        let prices = values.path("prices").or_else(|| default_prices.filter(|path| path.exists()));
        let settings = Self {
            same_homes,
            machine_name: values.parsed("machine_name", String::new, machine_name),
            tz: values.zone(layers),
            tz_source: values.zone_source,
            prices_pack: values.parsed("prices_pack", || None, prices_pack),
            managed_settings: values.managed_settings(),
            projects: rules::projects(&values.said.projects),
            rules_file: values.said.rules_file.clone(),
            host: values.parsed("host", || [127, 0, 0, 1].into(), |text| text.parse().ok()),
            port: values.parsed("port", || 51_888, |text| text.parse().ok()),
            base_path: values.parsed("base_path", BasePath::default, BasePath::parse),
            allowed_hosts: values.parsed("allowed_hosts", Vec::new, access::hosts),
            cors_origins: values.parsed("cors_origins", Vec::new, access::origins),
            auth: values.parsed("auth", || Auth::Token, Auth::parse),
            auth_token: values.token(),
            project_edits: values.parsed("project_edits", || true, access::project_edits),
            rate_limit: values.parsed("rate_limit", || 5_000, rate_limit),
            trusted_proxies: values.parsed("trusted_proxies", Networks::default, Networks::parse),
            connections_per_address: values.parsed("connections_per_address", || 2_000, connections),
            request_timeout: values.seconds("request_timeout", 10),
            poll_interval: values.seconds("poll_interval", 30),
            watch: values.parsed("watch", || WatchMode::Notify, watch_mode),
            ws_heartbeat: values.seconds("ws_heartbeat", 30),
            ws_clients: values.parsed("ws_clients", || 1000, clients),
            snapshot_interval: Duration::from_secs(values.number("snapshot_interval", 3_600, 1..=604_800)),
            retention_days: values.number("retention_days", 365, 1..=36_500),
            session_names: values.parsed("session_names", || false, |text| text.parse().ok()),
            statusline_format: values.parsed(
                "statusline_format",
                StatuslineFormat::default,
                StatuslineFormat::parse,
            ),
            log_level: values.parsed("log_level", || "info".to_owned(), log_level),
            log_format: values.parsed("log_format", || LogFormat::Text, LogFormat::parse),
            log_file: values.path("log_file"),
            homes: homes.found,
            missing_homes: homes.missing,
            database: std::path::absolute(&database).unwrap_or(database),
            prices,
            env_file: values.said.env_file.clone(),
            config: values.said.config.clone(),
            warnings: Vec::new(),
            origins: Vec::new(),
        };
        values.check_labels(&homes.ambiguous);
        values.check_database(&settings);
        values.check_auth(&settings);
        if !values.errors.is_empty() {
            return Err(ConfigError::Settings { errors: values.errors });
        }
        let mut origins = settings.origins(&values.said);
        if values.zone_source == ZoneSource::TzVariable {
            let zone = origins.iter_mut().find(|(setting, ..)| setting.name == "tz");
            zone.into_iter().for_each(|(.., source)| *source = Source::Environment);
        }
        Ok(Self { warnings: values.said.warnings, origins, ..settings })
    }

    /// Checks that there is a home, and that at least one can be listed.
    ///
    /// # Errors
    ///
    /// Fails when there is none, or with the first one that cannot be listed.
    pub fn check_homes(&self) -> Result<(), ConfigError> {
        let mut unreadable = None;
        for root in &self.homes {
            let projects = root.path.join("projects");
            let folder = if projects.exists() { &projects } else { &root.path };
            match folder.read_dir() {
                Ok(_) => return Ok(()),
                Err(source) => {
                    unreadable.get_or_insert(ConfigError::UnreadableHome { path: folder.clone(), source });
                }
            }
        }
        Err(unreadable.unwrap_or_else(|| ConfigError::NoClaudeHome { looked: self.missing_homes.clone() }))
    }

    /// Checks that a home has anything that is read: transcripts, or Claude Code's own statistics.
    ///
    /// # Errors
    ///
    /// Fails when no home has.
    pub fn check_contents(&self) -> Result<(), ConfigError> {
        let has_any = |root: &ClaudeHome| {
            ["projects", "stats-cache.json"].iter().any(|name| root.path.join(name).exists())
        };
        if self.homes.iter().any(has_any) {
            return Ok(());
        }
        Err(ConfigError::NoProjects { looked: self.homes.iter().map(|root| root.path.clone()).collect() })
    }

    /// Checks that a file may be written: nothing of ours is ever written into a Claude home, or in place
    /// of the database.
    ///
    /// # Errors
    ///
    /// Fails for a path in a home, and for the database and its log.
    pub fn check_output(&self, path: &Path) -> Result<(), ConfigError> {
        let absolute = std::path::absolute(path).unwrap_or_else(|_| path.to_owned());
        if self.is_in_home(&absolute) {
            let path = printable::path(path);
            return Err(ConfigError::Output(format!(
                "`{path}` is in a Claude home, which is only ever read\nname a place elsewhere"
            )));
        }
        self.check_other_than_database(path)
    }

    /// Checks that another file than the database is meant.
    ///
    /// # Errors
    ///
    /// Fails for the database and its log.
    pub fn check_other_than_database(&self, path: &Path) -> Result<(), ConfigError> {
        let Ok(database) = self.database.canonicalize() else { return Ok(()) };
        let is_part = |suffix| {
            let mut part = database.clone().into_os_string();
            part.push(suffix);
            path.canonicalize().is_ok_and(|path| path == *part)
        };
        if ["", "-wal", "-shm"].into_iter().any(is_part) {
            let path = path.display();
            return Err(ConfigError::Output(format!("`{path}` is the database itself\nname another file")));
        }
        Ok(())
    }

    fn is_in_home(&self, path: &Path) -> bool {
        let path = nearest_existing(path);
        self.homes.iter().any(|root| path.starts_with(&root.path))
    }

    /// Checks that there is a database, or something else in its place, which is refused when it is opened.
    ///
    /// # Errors
    ///
    /// Fails when there is nothing.
    pub fn check_database(&self) -> Result<(), ConfigError> {
        if self.database.exists() {
            return Ok(());
        }
        Err(ConfigError::NoDatabase { path: self.database.clone() })
    }

    /// Checks that not everybody who reaches the server is answered unless that was said.
    ///
    /// # Errors
    ///
    /// Fails when the server would listen beyond this machine without a token, and `auth` is not
    /// `none`.
    pub fn check_exposure(&self) -> Result<(), ConfigError> {
        let is_guarded = self.host.to_canonical().is_loopback() || self.auth_token.is_some();
        if is_guarded || self.auth == Auth::None {
            return Ok(());
        }
        Err(ConfigError::Exposed { host: self.host })
    }

    fn origins(&self, said: &RawSettings) -> Vec<(Setting, String, Source)> {
        let root = |root: &ClaudeHome| match &root.label {
            label if *label == root.name => label.to_string(),
            label => format!("{label}={}", root.name),
        };
        let roots: Vec<_> = self.homes.iter().map(root).collect();
        let path =
            |path: &Option<PathBuf>| path.as_ref().map(|path| path.display().to_string()).unwrap_or_default();
        let value = |setting: &Setting| match setting.name {
            "claude_dir" => roots.join(","),
            "same_homes" => {
                let same = |(path, known): &(PathBuf, String)| format!("{}={known}", path.display());
                self.same_homes.iter().map(same).collect::<Vec<_>>().join(",")
            }
            "database" => self.database.display().to_string(),
            "machine_name" => self.machine_name.clone(),
            "prices" => path(&self.prices),
            "prices_pack" => self.prices_pack.map_or("none", Pack::name).to_owned(),
            "managed_settings" => self.managed_settings.to_string(),
            "tz" => self.tz.name().to_owned(),
            "host" => self.host.to_string(),
            "port" => self.port.to_string(),
            "base_path" => self.base_path.href("/"),
            "allowed_hosts" => access::list(&self.allowed_hosts),
            "cors_origins" => access::list(&self.cors_origins),
            "auth" => self.auth.name().to_owned(),
            // The secret itself is never shown.
            "auth_token" => if said.get("auth_token").is_some() { "set" } else { "not set" }.to_owned(),
            "project_edits" => if self.project_edits { "allow" } else { "refuse" }.to_owned(),
            "rate_limit" => self.rate_limit.to_string(),
            "trusted_proxies" => self.trusted_proxies.to_string(),
            "connections_per_address" => self.connections_per_address.to_string(),
            "request_timeout" => self.request_timeout.as_secs().to_string(),
            "poll_interval" => self.poll_interval.as_secs().to_string(),
            "watch" => self.watch.name().to_owned(),
            "ws_heartbeat" => self.ws_heartbeat.as_secs().to_string(),
            "ws_clients" => self.ws_clients.to_string(),
            "snapshot_interval" => self.snapshot_interval.as_secs().to_string(),
            "retention_days" => self.retention_days.to_string(),
            "session_names" => self.session_names.to_string(),
            "log_level" => self.log_level.clone(),
            "log_format" => self.log_format.name().to_owned(),
            "log_file" => path(&self.log_file),
            "config" => path(&self.config),
            "env_file" => path(&self.env_file),
            _ => said.get(setting.name).map(|(text, _)| text.to_owned()).unwrap_or_default(),
        };
        let source =
            |setting: &Setting| said.get(setting.name).map_or(Source::Default, |(_, source)| source.clone());
        SETTINGS.iter().map(|setting| (*setting, value(setting), source(setting))).collect()
    }
}

/// Reads which homes are known by which other path. Both are absolute: what is known by one is the same from everywhere.
fn parse_same_homes(list: &str, home: Option<&Path>) -> Option<Vec<(PathBuf, String)>> {
    let entry = |entry: &str| {
        let (path, known) = entry.split_once('=')?;
        let [path, known] = [path, known].map(|path| expand_home(path.trim(), home));
        let are_absolute = path.is_absolute() && known.is_absolute();
        are_absolute.then(|| (path, known.to_string_lossy().trim_end_matches('/').to_owned()))
    };
    list.split(',').map(str::trim).filter(|text| !text.is_empty()).map(entry).collect()
}

/// Reads the name of a machine; an empty one is none.
fn machine_name(name: &str) -> Option<String> {
    let is_allowed = name.chars().count() <= 64 && !name.chars().any(char::is_control);
    is_allowed.then(|| name.to_owned())
}

/// The texts of the settings, and what is wrong with them.
struct Values {
    said: RawSettings,
    errors: Vec<String>,
    /// What says the zone of days.
    zone_source: ZoneSource,
}

impl Values {
    fn zone(&mut self, layers: &Layers) -> Tz {
        if let Some((_, source)) = self.said.get("tz") {
            self.zone_source = source.into();
            return self.parsed("tz", || Tz::UTC, |text| text.parse().ok());
        }
        let (zone, source, warning) = zone::of_machine(layers);
        self.zone_source = source;
        self.said.warnings.extend(warning);
        zone
    }

    fn parsed<T>(
        &mut self,
        name: &str,
        default: impl FnOnce() -> T,
        parse: impl FnOnce(&str) -> Option<T>,
    ) -> T {
        let Some((text, source)) = self.said.get(name) else {
            return default();
        };
        parse(text.trim()).unwrap_or_else(|| {
            self.errors.push(refusal(name, text, source));
            default()
        })
    }

    fn seconds(&mut self, name: &str, default: u64) -> Duration {
        Duration::from_secs(self.number(name, default, 1..=3600))
    }

    fn number(&mut self, name: &str, default: u64, allowed: RangeInclusive<u64>) -> u64 {
        let parse = |text: &str| text.parse().ok().filter(|number| allowed.contains(number));
        self.parsed(name, || default, parse)
    }

    fn path(&mut self, name: &str) -> Option<PathBuf> {
        let path = self.said.path(name)?;
        // Left as it is, it would be a folder of that name in the working directory.
        if path.starts_with("~") {
            self.errors.push(format!("{name} begins with `~`, but {NO_HOME}"));
        }
        Some(path)
    }

    /// Returns the managed settings: a word, or a file.
    fn managed_settings(&mut self) -> ManagedSettings {
        match self.said.get("managed_settings").map(|(text, _)| text.trim()) {
            None | Some("auto") => ManagedSettings::Auto,
            Some("off") => ManagedSettings::Off,
            Some(_) => self.path("managed_settings").map_or(ManagedSettings::Auto, ManagedSettings::File),
        }
    }

    /// Returns the database: the one that is named, or the one in the platform's data folder.
    fn database(&mut self, folder: Option<PathBuf>) -> PathBuf {
        let named = self.path("database").or_else(|| folder.map(|folder| folder.join("ctm.db")));
        named.unwrap_or_else(|| {
            let advice = "or name a file with --database or CTM_DATABASE_PATH";
            self.errors.push(format!("database has no default: {NO_HOME}, {advice}"));
            PathBuf::new()
        })
    }

    /// Returns Claude Code's own setting, without entries that lie in whatever is the working directory.
    fn claude_config_dir(&mut self, layers: &Layers) -> Option<String> {
        let list = layers.variable("CLAUDE_CONFIG_DIR")?.to_str()?;
        let is_fixed = |entry: &&str| {
            let path = Path::new(entry.trim());
            path.is_absolute() || path.starts_with("~")
        };
        let (fixed, relative): (Vec<&str>, Vec<&str>) =
            list.split(',').filter(|entry| !entry.trim().is_empty()).partition(is_fixed);
        if !relative.is_empty() {
            let entries = shown(&relative.join(","));
            self.said.warn(
                format!("`{entries}` in CLAUDE_CONFIG_DIR is relative, and is ignored"),
                "write an absolute path, or name the folder with --claude-dir",
            );
        }
        Some(fixed.join(","))
    }

    /// A label names one home.
    fn check_labels(&mut self, ambiguous: &[Arc<str>]) {
        let Some((text, source)) = self.said.get("claude_dir").filter(|_| !ambiguous.is_empty()) else {
            return;
        };
        let refusal = refusal("claude_dir", text, source);
        self.errors.extend(ambiguous.iter().map(|label| format!("{refusal}; `{label}` names several homes")));
    }

    /// Returns the token, said or in a file. No error shows any of it.
    fn token(&mut self) -> Option<Token> {
        let (text, setting) = match (self.said.get("auth_token"), self.said.get("auth_token_file")) {
            (None, None) => return None,
            (Some((_, one)), Some((_, other))) => {
                let places = [place("auth_token", one), place("auth_token_file", other)];
                self.errors
                    .push(format!("{} and {} are both set; allowed: one of them", places[0], places[1]));
                return None;
            }
            (Some((text, source)), None) => (Ok(text.to_owned()), place("auth_token", source)),
            (None, Some((_, source))) => {
                let setting = format!("the file that {} names", place("auth_token_file", source));
                (self.token_file(), setting)
            }
        };
        let token = match text {
            Ok(text) => Token::parse(text.trim()).ok_or_else(|| "is no token".to_owned()),
            Err(error) => Err(format!("cannot be read ({error})")),
        };
        let allowed = setting_named("auth_token").help;
        token.map_err(|what| self.errors.push(format!("{setting} {what}; allowed: {allowed}"))).ok()
    }

    /// Reads the file of the token, and warns where others may read it too.
    fn token_file(&mut self) -> std::io::Result<String> {
        let path = self.path("auth_token_file").unwrap_or_default();
        let text = read_regular(&path, MOST_TOKEN_BYTES)?;
        if is_open_to_others(&path) {
            let path = path.display();
            let advice = format!("chmod 600 '{path}'");
            self.said.warn(format!("others on this machine may read the token in `{path}`"), advice);
        }
        String::from_utf8(text).map_err(|_| std::io::Error::new(ErrorKind::InvalidData, "not UTF-8"))
    }

    /// A token that is never required is a dangerous mistake.
    fn check_auth(&mut self, settings: &Settings) {
        if settings.auth == Auth::None && settings.auth_token.is_some() {
            let source = self.said.get("auth").map_or(&Source::Default, |(_, source)| source);
            let place = place("auth", source);
            self.errors.push(format!("{place} is `none` and there is a token; allowed: one of the two"));
        }
    }

    /// Nothing of ours is ever written into a Claude home.
    fn check_database(&mut self, settings: &Settings) {
        if settings.is_in_home(&settings.database) {
            let text = settings.database.display().to_string();
            let source = self.said.get("database").map_or(Source::Default, |(_, source)| source.clone());
            self.errors.push(refusal("database", &text, &source));
        }
    }
}

/// Returns the canonical form of a path, as far as it exists.
fn nearest_existing(path: &Path) -> PathBuf {
    path.ancestors().find_map(|ancestor| ancestor.canonicalize().ok()).unwrap_or_default()
}

fn refusal(name: &str, text: &str, source: &Source) -> String {
    format!("{} is `{}`; allowed: {}", place(name, source), shown(text), setting_named(name).help)
}

/// Returns the beginning of a value, as a terminal can show it.
fn shown(text: &str) -> String {
    let mut shown = one_line(&text.chars().take(MOST_SHOWN).collect::<String>()).into_owned();
    if text.chars().nth(MOST_SHOWN).is_some() {
        shown.push('…');
    }
    shown
}

/// Returns whether other users of this machine may read a file.
#[cfg(unix)]
fn is_open_to_others(path: &Path) -> bool {
    use std::os::unix::fs::PermissionsExt;
    path.metadata().is_ok_and(|metadata| metadata.permissions().mode() & 0o077 != 0)
}

/// Nothing is known of who else may read it.
#[cfg(not(unix))]
fn is_open_to_others(_path: &Path) -> bool {
    false
}

/// Says where a setting's value stands.
fn place(name: &str, source: &Source) -> String {
    let variable = setting_named(name).env;
    match source {
        Source::Flag => format!("--{}", name.replace('_', "-")),
        Source::Environment => variable.to_owned(),
        Source::EnvFile { path, line } => format!("{variable} in `{}`, line {line},", path.display()),
        Source::File(path) => format!("{name} in {}", path.display()),
        Source::Default => name.to_owned(),
    }
}

fn setting_named(name: &str) -> &'static Setting {
    SETTINGS.iter().find(|setting| setting.name == name).expect("every value belongs to a setting")
}

fn rate_limit(text: &str) -> Option<u32> {
    text.parse().ok().filter(|limit| *limit <= 1_000_000)
}

fn prices_pack(text: &str) -> Option<Option<Pack>> {
    if text == "none" { Some(None) } else { Pack::parse(text).map(Some) }
}

fn watch_mode(text: &str) -> Option<WatchMode> {
    [WatchMode::Notify, WatchMode::Poll].into_iter().find(|mode| mode.name() == text)
}

fn connections(text: &str) -> Option<usize> {
    text.parse().ok().filter(|connections| (1..=100_000).contains(connections))
}

fn clients(text: &str) -> Option<usize> {
    text.parse().ok().filter(|clients| (1..=10_000).contains(clients))
}

fn log_level(text: &str) -> Option<String> {
    // A bare word that is no level would be taken for the name of a module.
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

    fn layers(dir: &Path, flags: &[(&'static str, &str)], environment: &[(&str, &str)]) -> Layers {
        let mut variables: BTreeMap<_, _> =
            environment.iter().map(|(name, value)| ((*name).to_owned(), (*value).into())).collect();
        variables.insert("HOME".to_owned(), dir.into());
        Layers {
            flags: flags.iter().map(|(name, value)| (*name, (*value).to_owned())).collect(),
            environment: variables,
        }
    }

    #[test]
    fn the_nearer_layer_wins_and_each_value_knows_its_source() {
        let dir = tempfile::tempdir().unwrap();
        fs::create_dir_all(dir.path().join(".config/ctm")).unwrap();
        fs::write(
            dir.path().join(".config/ctm/config.toml"),
            "port = 1\nhost = '::1'\npoll_interval = 5\nws_heartbeat = '6'\n",
        )
        .unwrap();
        fs::write(dir.path().join(".config/ctm/.env"), "CTM_PORT=2\nCTM_POLL_INTERVAL=7\nCTM_TZ=\n").unwrap();
        let settings = Settings::new(&layers(
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
            settings.origins.iter().map(|(setting, _, source)| (setting.name, source.name())).collect();
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
        let error = Settings::new(&layers(dir.path(), &[], &bad)).unwrap_err().to_string();
        for (name, value) in bad {
            assert!(error.contains(&format!("{name} is `{value}`; allowed: ")), "{error}");
        }
    }

    const TOKEN: &str = "sixteen-and-more-letters";

    #[test]
    fn who_may_ask_is_said_in_lists_and_secrets() {
        let dir = tempfile::tempdir().unwrap();
        let path = dir.path().join("token");
        fs::write(&path, format!("{TOKEN}\n")).unwrap();
        fs::create_dir_all(dir.path().join(".config/ctm")).unwrap();
        let config =
            "allowed_hosts = ['A.example', '::2']\ncors_origins = ['https://b.example/']\nrate_limit = 0\n";
        fs::write(dir.path().join(".config/ctm/config.toml"), config).unwrap();
        let file = [("auth_token_file", path.to_str().unwrap())];
        let settings = Settings::new(&layers(dir.path(), &file, &[("CTM_HOST", "0.0.0.0")])).unwrap();
        assert_eq!(settings.auth_token, Token::parse(TOKEN));
        settings.check_exposure().unwrap();
        let value = |name: &str| {
            let (_, value, _) = settings.origins.iter().find(|(setting, ..)| setting.name == name).unwrap();
            value.as_str()
        };
        assert_eq!(
            ["allowed_hosts", "cors_origins", "rate_limit", "auth_token", "auth_token_file"].map(value),
            ["a.example,[::2]", "https://b.example", "0", "not set", path.to_str().unwrap()]
        );
        assert!(!format!("{settings:?}").contains(TOKEN));
    }

    #[test]
    fn errors_tell_of_the_token_but_never_what_it_is() {
        let dir = tempfile::tempdir().unwrap();
        let path = dir.path().join("token");
        fs::write(&path, "short-secret").unwrap();
        let check = |environment: &[(&str, &str)], expected: &[&str]| {
            let error = Settings::new(&layers(dir.path(), &[], environment)).unwrap_err().to_string();
            assert!(expected.iter().all(|part| error.contains(part)), "{error}");
            assert!(
                !error.contains("secret-") && !error.contains(TOKEN) && !error.contains("-secret"),
                "{error}"
            );
        };
        let file = ("CTM_AUTH_TOKEN_FILE", path.to_str().unwrap());
        check(&[("CTM_AUTH_TOKEN", "secret-1")], &["CTM_AUTH_TOKEN is no token; allowed: ", "16 to 1024"]);
        check(&[("CTM_AUTH_TOKEN", "secret-secret- secret-")], &["CTM_AUTH_TOKEN is no token"]);
        check(&[("CTM_AUTH_TOKEN", &"secret-".repeat(147))], &["CTM_AUTH_TOKEN is no token"]);
        check(&[file], &["the file that CTM_AUTH_TOKEN_FILE names is no token"]);
        check(
            &[("CTM_AUTH_TOKEN_FILE", "/nowhere")],
            &["the file that CTM_AUTH_TOKEN_FILE names cannot be read"],
        );
        check(&[file, ("CTM_AUTH_TOKEN", TOKEN)], &["CTM_AUTH_TOKEN and CTM_AUTH_TOKEN_FILE are both set"]);
        check(
            &[("CTM_AUTH", "none"), ("CTM_AUTH_TOKEN", TOKEN)],
            &["CTM_AUTH is `none` and there is a token"],
        );
        let lines = [".config/ctm/.env", ".config/ctm/config.toml"];
        fs::create_dir_all(dir.path().join(".config/ctm")).unwrap();
        for (file, line) in lines.into_iter().zip(["CTM_AUTH_TOKEN='secret-\n", "\nauth_token = 'secret-\n"])
        {
            fs::write(dir.path().join(file), line).unwrap();
            check(&[], &[file]);
            fs::remove_file(dir.path().join(file)).unwrap();
        }
    }

    #[test]
    fn listening_beyond_this_machine_needs_a_token_or_a_word() {
        let dir = tempfile::tempdir().unwrap();
        let check = |host: &str, more: (&str, &str), expected: bool| {
            let settings = Settings::new(&layers(dir.path(), &[], &[("CTM_HOST", host), more])).unwrap();
            assert_eq!(settings.check_exposure().is_ok(), expected, "{host} {}", more.0);
        };
        for host in ["127.0.0.1", "127.8.8.8", "::1", "::ffff:127.0.0.1"] {
            check(host, ("CTM_AUTH", ""), true);
        }
        for host in ["0.0.0.0", "::", "192.168.0.1", "::ffff:192.168.0.1"] {
            check(host, ("CTM_AUTH", ""), false);
            check(host, ("CTM_AUTH", "token"), false);
            check(host, ("CTM_AUTH", "none"), true);
            check(host, ("CTM_AUTH_TOKEN", TOKEN), true);
        }
    }

    #[test]
    fn a_config_file_with_an_unknown_key_or_kind_is_refused() {
        let dir = tempfile::tempdir().unwrap();
        let path = dir.path().join("my.toml");
        let check = |content: &str, expected: &str| {
            fs::write(&path, content).unwrap();
            let error =
                Settings::new(&layers(dir.path(), &[("config", path.to_str().unwrap())], &[])).unwrap_err();
            assert!(error.to_string().contains(expected), "{error}");
        };
        check("prot = 1", "`prot` is no setting; there are claude_dir, ");
        check("port = true", "`port` is a boolean");
        check("cors_origins = [1]", "`cors_origins` is no list of texts");
        check("\nport = ", "my.toml`: line 2: ");
        fs::remove_file(&path).unwrap();
        let error =
            Settings::new(&layers(dir.path(), &[("config", path.to_str().unwrap())], &[])).unwrap_err();
        assert!(error.to_string().contains("my.toml"), "{error}");
    }

    #[test]
    fn managed_settings_are_a_word_or_a_file() {
        let dir = tempfile::tempdir().unwrap();
        let config = dir.path().join("config.toml");
        let config = config.to_str().unwrap();
        let check = |said: Option<&str>, expected: &str, file: bool| {
            let environment: Vec<_> = said.iter().map(|said| ("CTM_MANAGED_SETTINGS", *said)).collect();
            let settings = Settings::new(&layers(dir.path(), &[], &environment)).unwrap();
            let (_, value, _) =
                settings.origins.iter().find(|(setting, ..)| setting.name == "managed_settings").unwrap();
            assert_eq!(
                (value.as_str(), settings.managed_settings.file().is_some()),
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
        let settings = Settings::new(&layers(dir.path(), &[("config", config)], &[])).unwrap();
        assert_eq!(settings.managed_settings, ManagedSettings::File(dir.path().join("m.json")));
        assert_eq!(settings.prices_pack, Some(Pack::Others));
    }

    #[test]
    fn homes_are_shown_with_their_labels_and_no_label_names_two() {
        let dir = tempfile::tempdir().unwrap();
        let home = dir.path().canonicalize().unwrap();
        for name in ["a", "b"] {
            fs::create_dir(home.join(name)).unwrap();
        }
        let of = |list: &str| Settings::new(&layers(&home, &[], &[("CTM_CLAUDE_DIR", list)]));
        let settings = of("work=~/a,~/b").unwrap();
        let shown = format!("work={0}/a,{0}/b", home.display());
        assert_eq!((settings.origins[0].0.name, &settings.origins[0].1), ("claude_dir", &shown));
        let error = of("work=~/a,work=~/b").unwrap_err().to_string();
        assert!(error.contains("CTM_CLAUDE_DIR is `work=~/a,work=~/b`; allowed: "), "{error}");
        assert!(error.contains("; `work` names several homes"), "{error}");
    }

    #[test]
    fn the_database_may_not_lie_in_a_claude_home() {
        let dir = tempfile::tempdir().unwrap();
        fs::create_dir_all(dir.path().join(".claude")).unwrap();
        let inside = dir.path().join(".claude/data/ctm.db");
        let error =
            Settings::new(&layers(dir.path(), &[("database", inside.to_str().unwrap())], &[])).unwrap_err();
        assert!(error.to_string().contains("outside every Claude home"), "{error}");
    }
}
