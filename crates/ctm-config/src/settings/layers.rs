//! Layers of settings: flags, environment, files and defaults.

use super::config_file::{self, ConfigFile};
use super::env_file::{self, Assignment, Fault};
use super::folders::Folders;
use super::rules::{Rules, RulesFile};
use super::setting::Setting;
use super::table::{SETTINGS, similar};
use super::text_file::read;
use crate::channel::ChannelSettings;
use crate::error::ConfigError;
use ctm_pricing::PlanBook;
use ctm_reader::expand_home;
use ctm_types::Budget;
use std::collections::BTreeMap;
use std::ffi::OsString;
use std::path::{Path, PathBuf};

/// Source of a setting's value.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord)]
pub enum Source {
    /// The command line.
    Flag,
    /// An environment variable.
    Environment,
    /// A line of an env file.
    EnvFile {
        /// The file.
        path: PathBuf,
        /// The line, counted from 1.
        line: usize,
    },
    /// The config file.
    File(PathBuf),
    /// Nothing was raw.
    Default,
}

impl Source {
    /// Returns the public name of the source.
    #[must_use]
    pub fn name(&self) -> &'static str {
        match self {
            Self::Flag => "flag",
            Self::Environment => "env",
            Self::EnvFile { .. } => "env_file",
            Self::File(_) => "file",
            Self::Default => "default",
        }
    }

    /// Returns the base folder of relative paths: that of the file with the setting, so that paths are
    /// independent of the working directory; the working directory (empty) otherwise.
    pub(super) fn folder(&self) -> &Path {
        match self {
            Self::EnvFile { path, .. } | Self::File(path) => path.parent().unwrap_or(Path::new("")),
            Self::Flag | Self::Environment | Self::Default => Path::new(""),
        }
    }
}

/// Something in the settings that is allowed and probably not intended.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Warning {
    /// What, and where.
    pub message: String,
    /// Remedy.
    pub advice: String,
}

impl std::fmt::Display for Warning {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        write!(f, "{}; {}", self.message, self.advice)
    }
}

/// Layers above the files, and everything else that is read from the environment.
#[derive(Debug, Clone, Default)]
pub struct Layers {
    /// Flags by the setting's name.
    pub flags: BTreeMap<&'static str, String>,
    /// The environment.
    pub environment: BTreeMap<String, OsString>,
}

impl Layers {
    /// Takes the environment of this process.
    #[must_use]
    pub fn of_process(flags: BTreeMap<&'static str, String>) -> Self {
        let environment =
            std::env::vars_os().filter_map(|(name, value)| Some((name.into_string().ok()?, value))).collect();
        Self { flags, environment }
    }

    /// Takes a home folder, flags and variables.
    #[cfg(test)]
    pub(super) fn of_home(home: &Path, flags: &[(&'static str, &str)], environment: &[(&str, &str)]) -> Self {
        let mut variables: BTreeMap<_, _> =
            environment.iter().map(|(name, value)| ((*name).to_owned(), (*value).into())).collect();
        variables.insert("HOME".to_owned(), home.into());
        Self {
            flags: flags.iter().map(|(name, value)| (*name, (*value).to_owned())).collect(),
            environment: variables,
        }
    }

    /// Returns a variable of the environment, unless it is empty.
    pub(super) fn variable(&self, name: &str) -> Option<&OsString> {
        self.environment.get(name).filter(|value| !value.is_empty())
    }

    /// Returns a variable that is an absolute path.
    pub(super) fn absolute(&self, name: &str) -> Option<PathBuf> {
        self.variable(name).map(PathBuf::from).filter(|path| path.is_absolute())
    }

    /// Reads all layers and returns the text of each setting in the first layer that has one.
    pub(super) fn read(&self, folders: &Folders) -> Result<RawSettings, ConfigError> {
        let mut raw = RawSettings { home: folders.home.clone(), ..RawSettings::default() };
        for setting in &SETTINGS {
            let flag = self.flags.get(setting.name).map(|flag| (flag.clone(), Source::Flag));
            let value = match (flag, self.variable(setting.env)) {
                (None, Some(value)) => Some((text(setting, value)?, Source::Environment)),
                (flag, _) => flag,
            };
            raw.values.extend(value.map(|value| (setting.name, value)));
        }
        raw.env_file = raw.file("env_file", folders, ".env");
        if let Some(path) = raw.env_file.clone() {
            raw.add_env_file(&path)?;
        }
        raw.config = raw.file("config", folders, "config.toml");
        let default = || folders.config.as_ref().map(|folder| folder.join("config.toml"));
        raw.rules_file = RulesFile { path: raw.config.clone().or_else(default), home: folders.home.clone() };
        if let Some(path) = raw.config.clone() {
            let ConfigFile { values, projects, plans, budgets, channels } =
                config_file::read(&path, &raw.rules_file)?;
            for (name, value) in values {
                raw.values.entry(name).or_insert_with(|| (value, Source::File(path.clone())));
            }
            raw.projects = projects;
            raw.plans = plans;
            raw.budgets = budgets;
            raw.channels = channels;
        }
        Ok(raw)
    }
}

/// Values of the layers.
#[derive(Debug, Default)]
pub(super) struct RawSettings {
    /// A setting's text and where it came from.
    values: BTreeMap<&'static str, (String, Source)>,
    /// The env file that was read.
    pub(super) env_file: Option<PathBuf>,
    /// The config file that was read.
    pub(super) config: Option<PathBuf>,
    /// Invalid lines.
    pub(super) errors: Vec<String>,
    /// Lines that are ignored and probably intended.
    pub(super) warnings: Vec<Warning>,
    /// The project of each folder that the config file names.
    pub(super) projects: Rules,
    /// Plans and exchange rates of the config file.
    pub(super) plans: PlanBook,
    pub(super) budgets: Vec<Budget>,
    pub(super) channels: Vec<ChannelSettings>,
    /// Path of the file with the rules.
    pub(super) rules_file: RulesFile,
    home: Option<PathBuf>,
}

impl RawSettings {
    /// Returns a setting's text and where it came from.
    pub(super) fn get(&self, name: &str) -> Option<(&str, &Source)> {
        self.values.get(name).map(|(text, source)| (text.as_str(), source))
    }

    /// Returns a setting that is a path. A leading `~` is the home folder, and stays where none is known.
    pub(super) fn path(&self, name: &str) -> Option<PathBuf> {
        let (text, source) = self.get(name)?;
        Some(match expand_home(text, self.home.as_deref()) {
            unknown if unknown.starts_with("~") => unknown,
            path => source.folder().join(path),
        })
    }

    /// Returns a settings file: the given one, or the one in the config folder if it exists.
    fn file(&self, setting: &str, folders: &Folders, name: &str) -> Option<PathBuf> {
        let default = || folders.config.as_ref().map(|folder| folder.join(name)).filter(|path| path.exists());
        self.path(setting).or_else(default)
    }

    fn add_env_file(&mut self, path: &Path) -> Result<(), ConfigError> {
        let bytes = read(path)?;
        let shown = path.display();
        if env_file::is_utf_16(&bytes) {
            self.warn(format!("`{shown}` is UTF-16, and is ignored"), "save it as UTF-8");
        }
        let mut values = BTreeMap::new();
        for Assignment { line, name, value } in env_file::assignments(&bytes) {
            let place = format!("{name} in `{shown}`, line {line}");
            let known = || SETTINGS.iter().filter(|setting| setting.name != "env_file");
            match (known().find(|setting| setting.env == name), value) {
                (None, _) => {
                    let similar = similar(name, known().map(|setting| setting.env));
                    let list = "`ctm settings` lists all settings";
                    self.warn(
                        format!("{place}, is an unknown setting, and is ignored"),
                        similar.map_or_else(|| list.to_owned(), |env| format!("did you mean {env}? {list}")),
                    );
                }
                (Some(_), Err(fault @ Fault::NoAssignment)) => {
                    self.warn(format!("{place}, {fault}, and is ignored"), "write `CTM_NAME=value`");
                }
                (Some(_), Err(fault)) => self.errors.push(format!("{place}, {fault}")),
                // As in a shell, the last line holds.
                (Some(setting), Ok(value)) => {
                    values.insert(setting.name, (value, Source::EnvFile { path: path.to_owned(), line }));
                }
            }
        }
        for (name, value) in values.into_iter().filter(|(_, (value, _))| !value.is_empty()) {
            self.values.entry(name).or_insert(value);
        }
        Ok(())
    }

    pub(super) fn warn(&mut self, message: String, advice: impl Into<String>) {
        self.warnings.push(Warning { message, advice: advice.into() });
    }
}

/// Errors contain a setting and a position in a file, never its text, which may be a secret.
fn text(setting: &Setting, value: &OsString) -> Result<String, ConfigError> {
    value
        .clone()
        .into_string()
        .map_err(|_| ConfigError::Settings { errors: vec![format!("{} is not Unicode text", setting.env)] })
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::settings::Settings;
    use ctm_types::printable::with_causes;
    use std::fs;

    /// Folders of a user, with an env file and a config file.
    struct Person(tempfile::TempDir);

    impl Person {
        fn with(env_file: impl AsRef<[u8]>) -> Self {
            let person = Self(tempfile::tempdir().unwrap());
            fs::create_dir_all(person.path("home/.config/ctm")).unwrap();
            fs::write(person.path("home/.config/ctm/.env"), env_file).unwrap();
            person
        }

        fn path(&self, relative: &str) -> PathBuf {
            self.0.path().canonicalize().unwrap().join(relative)
        }

        fn settings(&self, flags: &[(&'static str, &str)]) -> Result<Settings, String> {
            let flags = flags.iter().map(|(name, value)| (*name, (*value).to_owned())).collect();
            let environment = [("HOME".to_owned(), self.path("home").into())].into();
            Settings::new(&Layers { flags, environment }).map_err(|error| with_causes(&error))
        }

        fn warnings(&self) -> Vec<String> {
            self.settings(&[]).unwrap().warnings.iter().map(ToString::to_string).collect()
        }
    }

    #[test]
    fn a_bad_line_is_named_with_its_file_and_never_shows_a_secret() {
        let check = |content: &[u8], expected: &str| {
            let person = Person::with([b"\xef\xbb\xbfFOO: bar\r\n", content].concat());
            let error = person.settings(&[]).unwrap_err();
            let place =
                format!(" in `{}`, line 2, {expected}", person.path("home/.config/ctm/.env").display());
            assert!(error.contains(&place) && !error.contains("hush"), "{error}");
        };
        check(b"CTM_PORT=99999", "is `99999`; allowed: ");
        check(b"export CTM_TZ='UTC", "has no closing quote");
        check(b"CTM_TZ=\xff", "is not Unicode text");
        check(b"CTM_AUTH_TOKEN=hush\r\n", "is not a valid token; allowed: ");
        check(b"CTM_AUTH_TOKEN='hush'-and-more-hush", "has text after the closing quote");
        check(b"CTM_AUTH_TOKEN_FILE=hush", "cannot be read (No such file");
        check(b"CTM_TZ=\x1b]0;x\x07", r"is `\u{1b}]0;x\u{7}`; allowed: ");
        check(&[b"CTM_TZ=", &[b'x'; 5000][..]].concat(), &format!("is `{}…`; allowed: ", "x".repeat(200)));
    }

    #[test]
    fn a_name_that_is_no_setting_is_a_warning() {
        let person = Person::with("CTM_PROT=1\nCTM_ENV_FILE=other\nCTM_TZ: UTC\nCTM_PORT=7\nCTM_PORT=8\n");
        let warnings = person.warnings();
        for (warning, part) in warnings.iter().zip(["CTM_PROT in `", "CTM_ENV_FILE in `", "CTM_TZ in `"]) {
            assert!(warning.starts_with(part), "{warning}");
        }
        assert!(warnings[0].contains(".env`, line 1, is an unknown setting"), "{}", warnings[0]);
        assert!(warnings[2].contains(".env`, line 3, has no `=` after the name"), "{}", warnings[2]);
        let settings = person.settings(&[]).unwrap();
        assert_eq!((warnings.len(), settings.port), (3, 8));
        let utf_16: Vec<_> = "\u{feff}CTM_PORT=7".encode_utf16().flat_map(u16::to_le_bytes).collect();
        assert!(Person::with(utf_16).warnings()[0].contains("is UTF-16"));
    }

    #[test]
    fn a_file_that_is_named_takes_the_place_of_the_one_in_the_config_folder() {
        let person = Person::with("CTM_PORT=7\nCTM_TZ=Asia/Kolkata\n");
        fs::write(person.path("other"), "CTM_PORT=8\n").unwrap();
        let other = person.path("other");
        let settings = person.settings(&[("env_file", other.to_str().unwrap())]).unwrap();
        assert_eq!((settings.port, settings.env_file), (8, Some(other)));
        assert!(
            !settings
                .in_force
                .iter()
                .any(|value| value.setting.name == "tz" && value.source != Source::Default)
        );
        let absent = person.path("absent");
        let error = person.settings(&[("env_file", absent.to_str().unwrap())]).unwrap_err();
        assert!(error.starts_with(&format!("cannot use `{}`: ", absent.display())), "{error}");
        fs::remove_file(person.path("home/.config/ctm/.env")).unwrap();
        let settings = person.settings(&[]).unwrap();
        assert_eq!((settings.port, settings.env_file, settings.config), (51_888, None, None));
    }

    #[test]
    fn a_relative_path_in_a_file_is_relative_to_the_file() {
        let folder = "home/.config/ctm";
        let person =
            Person::with("CTM_CLAUDE_DIR=a,own=./b,~/c\nCTM_CONFIG=more/my.toml\nCTM_PRICES=p.toml\n");
        for name in ["home/.config/ctm/a", "home/.config/ctm/b", "home/c", "home/.config/ctm/more"] {
            fs::create_dir_all(person.path(name)).unwrap();
        }
        let config = "database = 'ctm.db'\nlog_file = '~/log'\nauth_token_file = '../token'\n";
        fs::write(person.path(&format!("{folder}/more/my.toml")), config).unwrap();
        fs::write(person.path(&format!("{folder}/token")), "sixteen-and-more-letters").unwrap();
        let settings = person.settings(&[]).unwrap();
        let homes: Vec<_> = settings.homes.iter().map(|home| home.path.clone()).collect();
        assert_eq!(
            homes,
            ["home/.config/ctm/a", "home/.config/ctm/b", "home/c"].map(|name| person.path(name))
        );
        assert_eq!(&*settings.homes[1].label, "own");
        assert_eq!(settings.prices, Some(person.path("home/.config/ctm/p.toml")));
        assert_eq!(settings.database, person.path("home/.config/ctm/more/ctm.db"));
        assert_eq!(settings.log_file, Some(person.path("home/log")));
        assert!(settings.auth_token.is_some());
        // Paths on the command line are relative to the working directory.
        let settings = person.settings(&[("database", "ctm.db")]).unwrap();
        assert_eq!(settings.database, std::path::absolute("ctm.db").unwrap());
    }

    #[test]
    fn variables_are_not_substituted() {
        let person =
            Person::with("CTM_LOG_FILE=\"/tmp/x-${HOME}.log\"\nCTM_STATUSLINE_FORMAT=$HOME {model}\n");
        let settings = person.settings(&[]).unwrap();
        assert_eq!(settings.log_file, Some(PathBuf::from("/tmp/x-${HOME}.log")));
        let format = settings.in_force.iter().find(|value| value.setting.name == "statusline_format");
        assert_eq!(format.unwrap().text, "$HOME {model}");
    }

    #[cfg(unix)]
    #[test]
    fn a_token_that_others_may_read_is_a_warning() {
        use std::os::unix::fs::PermissionsExt;
        let person = Person::with("CTM_AUTH_TOKEN_FILE=token\n");
        let path = person.path("home/.config/ctm/token");
        fs::write(&path, "sixteen-and-more-letters").unwrap();
        for (mode, expected) in [(0o600, 0), (0o400, 0), (0o640, 1), (0o604, 1)] {
            fs::set_permissions(&path, fs::Permissions::from_mode(mode)).unwrap();
            let warnings = person.warnings();
            assert_eq!(warnings.len(), expected, "{mode:o} {warnings:?}");
            assert!(warnings.iter().all(|warning| warning.contains("chmod 600")), "{warnings:?}");
        }
    }

    #[test]
    fn a_relative_entry_of_claude_code_is_ignored_with_a_warning() {
        let person = Person::with("");
        fs::create_dir_all(person.path("home/work")).unwrap();
        let environment = [
            ("HOME", person.path("home").to_str().unwrap().to_owned()),
            ("CLAUDE_CONFIG_DIR", "src, ~/work".to_owned()),
            ("XDG_CONFIG_HOME", "src".to_owned()),
        ];
        let environment = environment.map(|(name, value)| (name.to_owned(), value.into())).into();
        let settings = Settings::new(&Layers { environment, ..Layers::default() }).unwrap();
        assert_eq!(settings.homes[0].path, person.path("home/work"));
        assert_eq!((settings.homes.len(), settings.missing_homes.len()), (1, 0));
        assert_eq!(settings.env_file, Some(person.path("home/.config/ctm/.env")));
        assert!(
            settings.warnings[0].message.contains("`src` in CLAUDE_CONFIG_DIR"),
            "{:?}",
            settings.warnings
        );
    }
}
