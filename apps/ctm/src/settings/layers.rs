//! Where settings come from.

use super::{SETTINGS, Setting};
use crate::error::AppError;
use std::collections::BTreeMap;
use std::ffi::OsString;
use std::path::{Path, PathBuf};

/// Settings that are lists.
const LISTS: [&str; 3] = ["claude_dir", "allowed_hosts", "cors_origins"];

/// Where a setting's value came from.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord)]
pub enum Source {
    /// The command line.
    Flag,
    /// An environment variable.
    Environment,
    /// The file `.env` in the working directory.
    DotEnv,
    /// The config file.
    File(PathBuf),
    /// Nothing was said.
    Default,
}

impl Source {
    /// Returns the source's name, as `GET /config` shows it.
    #[must_use]
    pub fn name(&self) -> &'static str {
        match self {
            Self::Flag => "flag",
            Self::Environment => "env",
            Self::DotEnv => "dotenv",
            Self::File(_) => "file",
            Self::Default => "default",
        }
    }
}

/// The texts of the settings, and everything else that is asked of the environment.
#[derive(Debug, Clone, Default)]
pub struct Layers {
    /// Flags by the setting's name.
    pub flags: BTreeMap<&'static str, String>,
    /// The environment.
    pub environment: BTreeMap<String, OsString>,
    /// The working directory, where `.env` is looked for.
    pub directory: PathBuf,
}

/// A setting's text and where it came from.
pub(super) type Said = BTreeMap<&'static str, (String, Source)>;

impl Layers {
    /// Takes the environment and the working directory of this process.
    #[must_use]
    pub fn of_process(flags: BTreeMap<&'static str, String>) -> Self {
        Self {
            flags,
            environment: std::env::vars_os()
                .filter_map(|(name, value)| Some((name.into_string().ok()?, value)))
                .collect(),
            directory: std::env::current_dir().unwrap_or_default(),
        }
    }

    /// Returns a variable of the environment, unless it is empty.
    pub(super) fn variable(&self, name: &str) -> Option<&OsString> {
        self.environment.get(name).filter(|value| !value.is_empty())
    }

    /// Reads all layers and returns what the first that says something says of each setting.
    pub(super) fn read(&self, default_config: Option<&Path>) -> Result<Said, AppError> {
        let mut said = Said::new();
        let flags = |setting: &Setting| self.flags.get(setting.name).cloned();
        let environment =
            |setting: &Setting| self.variable(setting.env).map(|value| text(setting, value)).transpose();
        let dotenv = self.dotenv()?;
        for setting in &SETTINGS {
            let value = match (flags(setting), environment(setting)?) {
                (Some(flag), _) => Some((flag, Source::Flag)),
                (None, Some(value)) => Some((value, Source::Environment)),
                (None, None) => dotenv.get(setting.env).map(|value| (value.clone(), Source::DotEnv)),
            };
            said.extend(value.map(|value| (setting.name, value)));
        }
        let (path, required) = match said.get("config") {
            Some((path, _)) => (Some(PathBuf::from(path)), true),
            None => (default_config.map(Path::to_owned), false),
        };
        if let Some(path) = path.filter(|path| required || path.exists()) {
            for (name, value) in config_file(&path)? {
                said.entry(name).or_insert_with(|| (value, Source::File(path.clone())));
            }
        }
        Ok(said)
    }

    fn dotenv(&self) -> Result<BTreeMap<String, String>, AppError> {
        let path = self.directory.join(".env");
        if !path.is_file() {
            return Ok(BTreeMap::new());
        }
        let fail = |source| AppError::ConfigFile { path: path.clone(), message: without_line(&source) };
        let variables = dotenvy::from_path_iter(&path).map_err(fail)?;
        let variables = variables.collect::<Result<BTreeMap<_, _>, _>>().map_err(fail)?;
        Ok(variables.into_iter().filter(|(_, value)| !value.is_empty()).collect())
    }
}

/// Errors name a setting and a place in a file, never what stands there: it may be a secret.
fn text(setting: &Setting, value: &OsString) -> Result<String, AppError> {
    value
        .clone()
        .into_string()
        .map_err(|_| AppError::Settings { errors: vec![format!("{} is no Unicode text", setting.env)] })
}

fn without_line(error: &dotenvy::Error) -> String {
    match error {
        dotenvy::Error::LineParse(_, at) => format!("a line is not understood at its character {}", at + 1),
        other => other.to_string(),
    }
}

/// Reads a config file: a flat table of settings. Numbers and texts are both understood.
fn config_file(path: &Path) -> Result<Vec<(&'static str, String)>, AppError> {
    let fail = |message: String| AppError::ConfigFile { path: path.to_owned(), message };
    let text = std::fs::read_to_string(path).map_err(|error| fail(error.to_string()))?;
    let table: toml::Table = text.parse().map_err(|error: toml::de::Error| {
        let before = error.span().and_then(|span| text.get(..span.start)).unwrap_or_default();
        fail(format!("line {}: {}", before.matches('\n').count() + 1, error.message()))
    })?;
    let known = || SETTINGS.iter().filter(|setting| setting.name != "config");
    table
        .into_iter()
        .map(|(key, value)| {
            let setting = known().find(|setting| setting.name == key).ok_or_else(|| {
                let names: Vec<_> = known().map(|setting| setting.name).collect();
                fail(format!("`{key}` is no setting; there are {}", names.join(", ")))
            })?;
            let value = match value {
                toml::Value::String(text) => text,
                toml::Value::Integer(number) => number.to_string(),
                toml::Value::Array(items) if LISTS.contains(&&*key) => {
                    let texts: Option<Vec<_>> = items.iter().map(toml::Value::as_str).collect();
                    texts.ok_or_else(|| fail(format!("`{key}` is no list of texts")))?.join(",")
                }
                other => {
                    return Err(fail(format!("`{key}` is a {}, not a text or number", other.type_str())));
                }
            };
            Ok((setting.name, value))
        })
        .collect()
}
