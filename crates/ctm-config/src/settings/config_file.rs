//! The config file: a table of settings, one of projects, and lists of plans, exchange rates, budgets and channels.

use super::rules::{self, Rules, RulesFile};
use super::setting::{Setting, ValueKind};
use super::table::{SETTINGS, similar};
use super::text_file::{read_text, toml_table};
use super::{budgets, channels, plans};
use crate::channel::ChannelSettings;
use crate::error::ConfigError;
use ctm_pricing::PlanBook;
use ctm_types::Budget;
use std::path::Path;
use toml::Value;

/// Settings that name files of settings, which no config file has.
const FILES: [&str; 2] = ["config", "env_file"];

/// Values of a config file.
pub(super) struct ConfigFile {
    pub(super) values: Vec<(&'static str, String)>,
    pub(super) projects: Rules,
    pub(super) plans: PlanBook,
    pub(super) budgets: Vec<Budget>,
    pub(super) channels: Vec<ChannelSettings>,
}

/// Reads a config file. Errors name a setting and a place in the file, never a value: it may be a secret.
pub(super) fn read(path: &Path, file: &RulesFile) -> Result<ConfigFile, ConfigError> {
    let fail = |message: String| ConfigError::ConfigFile { path: path.to_owned(), source: message.into() };
    let content = read_text(path)?;
    let mut table = toml_table(&content).map_err(&fail)?;
    let plans = plans::parse(&content, file.home.as_deref()).map_err(&fail)?;
    let budgets = budgets::parse(&content, file.home.as_deref()).map_err(&fail)?;
    let channels = channels::parse(&content, path, file.home.as_deref()).map_err(&fail)?;
    let lists = [budgets::TABLE, channels::TABLE];
    table.retain(|name, _| !plans::TABLES.contains(&name) && !lists.contains(&name));
    let projects = table.remove(rules::TABLE).map(|table| file.parse_table(&table));
    let projects = projects.transpose().map_err(&fail)?;
    let value = |(key, value): (String, Value)| {
        let setting = setting(&key)?;
        Ok((setting.name, text(setting, value)?))
    };
    let values = table.into_iter().map(value).collect::<Result<_, String>>().map_err(&fail)?;
    Ok(ConfigFile { values, projects: projects.unwrap_or_default(), plans, budgets, channels })
}

/// Returns the setting of a key.
fn setting(key: &str) -> Result<&'static Setting, String> {
    let known = || SETTINGS.iter().filter(|setting| !FILES.contains(&setting.name));
    known().find(|setting| setting.name == key).ok_or_else(|| {
        let advice = similar(key, known().map(|setting| setting.name)).map_or_else(
            || "`ctm settings` lists all settings".to_owned(),
            |name| format!("did you mean `{name}`?"),
        );
        format!("unknown setting `{key}`; {advice}")
    })
}

/// Returns the text of a value: numbers and texts are the same, lists are joined.
fn text(setting: &Setting, value: Value) -> Result<String, String> {
    let name = setting.name;
    match (value, setting.kind) {
        (Value::String(text), _) => Ok(text),
        (Value::Integer(number), _) => Ok(number.to_string()),
        (Value::Boolean(flag), ValueKind::Switch) => Ok(flag.to_string()),
        (Value::Array(items), ValueKind::List) => {
            let texts: Option<Vec<_>> = items.iter().map(Value::as_str).collect();
            Ok(texts.ok_or_else(|| format!("`{name}` is not a list of texts"))?.join(","))
        }
        (other, _) => Err(format!("`{name}` is a {}, not a text or number", other.type_str())),
    }
}

#[cfg(test)]
mod tests {
    use crate::settings::{Layers, Settings};
    use ctm_types::printable::with_causes;
    use std::fs;

    #[test]
    fn a_config_file_with_an_unknown_key_or_kind_is_refused() {
        let dir = tempfile::tempdir().unwrap();
        let path = dir.path().join("my.toml");
        let check = |content: &str, expected: &str| {
            fs::write(&path, content).unwrap();
            let error =
                Settings::new(&Layers::of_home(dir.path(), &[("config", path.to_str().unwrap())], &[]))
                    .unwrap_err();
            assert!(with_causes(&error).contains(expected), "{error}");
        };
        check("prot = 1", "unknown setting `prot`; did you mean `port`?");
        check("port = true", "`port` is a boolean");
        check("cors_origins = [1]", "`cors_origins` is not a list of texts");
        check("\nport = ", "my.toml`: line 2: ");
        fs::remove_file(&path).unwrap();
        let error = Settings::new(&Layers::of_home(dir.path(), &[("config", path.to_str().unwrap())], &[]))
            .unwrap_err();
        assert!(error.to_string().contains("my.toml"), "{error}");
    }
}
