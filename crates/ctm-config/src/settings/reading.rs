//! Values of settings, parsed from their texts: faults are collected, so that all of them are reported
//! together.

use super::layers::{RawSettings, Source};
use super::setting::{DefaultValue, Setting};
use super::table::{SETTINGS, named};
use ctm_types::printable::one_line;
use std::collections::BTreeMap;
use std::path::{Path, PathBuf};
use std::str::FromStr;
use std::time::Duration;

/// Characters of a value that an error shows at most.
const MOST_SHOWN: usize = 200;

/// Remedy if the environment and the platform provide no home folder.
pub(super) const NO_HOME: &str = "the home folder is unknown; set HOME to an absolute path";

/// A setting with its value and the source of it.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct SettingInForce {
    /// The setting.
    pub setting: &'static Setting,
    /// The value as text; never a secret.
    pub text: String,
    /// Source of the value.
    pub source: Source,
}

/// The texts of the settings, with their values and faults.
pub(super) struct Values {
    pub(super) raw: RawSettings,
    pub(super) errors: Vec<String>,
    /// Values that were read, as text.
    shown: BTreeMap<&'static str, String>,
    /// Sources of values that are not from a layer.
    sources: BTreeMap<&'static str, Source>,
}

impl Values {
    pub(super) fn new(mut raw: RawSettings) -> Self {
        let errors = std::mem::take(&mut raw.errors);
        Self { raw, errors, shown: BTreeMap::new(), sources: BTreeMap::new() }
    }

    /// Reads a setting; a missing or refused value is the default of its row.
    pub(super) fn value<T>(
        &mut self,
        name: &str,
        parse: impl Fn(&str) -> Option<T>,
        show: impl FnOnce(&T) -> String,
    ) -> T {
        let setting = named(name);
        let value = self.given(name, &parse).unwrap_or_else(|| match setting.default {
            DefaultValue::Value(text) => parse(text).expect("a default is allowed, as a test proves for all"),
            DefaultValue::Derived(_) => parse("").expect("an empty text stands for the derived default"),
        });
        self.show(name, show(&value));
        value
    }

    /// Reads a setting in the text form of its type.
    pub(super) fn parsed<T: FromStr + ToString>(&mut self, name: &str) -> T {
        self.value(name, |text| text.parse().ok(), T::to_string)
    }

    /// Reads a number within the bounds of its row.
    pub(super) fn number<T: TryFrom<u64> + ToString>(&mut self, name: &str) -> T {
        let parse = |text: &str| T::try_from(named(name).kind.number(text)?).ok();
        self.value(name, parse, T::to_string)
    }

    /// Reads a number of seconds within the bounds of its row.
    pub(super) fn seconds(&mut self, name: &str) -> Duration {
        Duration::from_secs(self.number(name))
    }

    /// Reads the file that a setting names, if one does.
    pub(super) fn file(&mut self, name: &str) -> Option<PathBuf> {
        let path = self.path(name);
        self.show_path(name, path.as_deref());
        path
    }

    /// Returns the parsed value of a layer; an invalid one is an error.
    pub(super) fn given<T>(&mut self, name: &str, parse: impl FnOnce(&str) -> Option<T>) -> Option<T> {
        let (text, source) = self.raw.get(name)?;
        let value = parse(text.trim());
        if value.is_none() {
            self.errors.push(refusal(name, text, source));
        }
        value
    }

    /// Returns the path that a layer sets.
    pub(super) fn path(&mut self, name: &str) -> Option<PathBuf> {
        let path = self.raw.path(name)?;
        // Unchanged, it would be a folder of that name in the working directory.
        if path.starts_with("~") {
            self.errors.push(format!("{name} begins with `~`, but {NO_HOME}"));
        }
        Some(path)
    }

    /// Keeps the text of an effective value.
    pub(super) fn show(&mut self, name: &str, text: String) {
        self.shown.insert(named(name).name, text);
    }

    /// Keeps the effective path, if there is one.
    pub(super) fn show_path(&mut self, name: &str, path: Option<&Path>) {
        self.show(name, path.map(|path| path.display().to_string()).unwrap_or_default());
    }

    /// Keeps where a value comes from that no layer has.
    pub(super) fn set_source(&mut self, name: &str, source: Source) {
        self.sources.insert(named(name).name, source);
    }

    /// Returns where a value comes from.
    pub(super) fn source(&self, name: &str) -> &Source {
        let layer = self.raw.get(name).map(|(_, source)| source);
        layer.or_else(|| self.sources.get(name)).unwrap_or(&Source::Default)
    }

    /// Refuses a value that is well formed, for what else is wrong with it.
    pub(super) fn refuse(&mut self, name: &str, text: &str) {
        let error = refusal(name, text, self.source(name));
        self.errors.push(error);
    }

    /// Returns every effective setting, in the order of the table.
    pub(super) fn in_force(&self) -> Vec<SettingInForce> {
        let in_force = |setting: &'static Setting| {
            Some(SettingInForce {
                setting,
                text: self.shown.get(setting.name)?.clone(),
                source: self.source(setting.name).clone(),
            })
        };
        SETTINGS.iter().filter_map(in_force).collect()
    }
}

/// Returns the error of a value that is not allowed.
pub(super) fn refusal(name: &str, text: &str, source: &Source) -> String {
    format!("{} is `{}`; allowed: {}", place(name, source), shown(text), named(name).allowed())
}

/// Returns the beginning of a value, as a terminal can show it.
pub(super) fn shown(text: &str) -> String {
    let mut shown = one_line(&text.chars().take(MOST_SHOWN).collect::<String>()).into_owned();
    if text.chars().nth(MOST_SHOWN).is_some() {
        shown.push('…');
    }
    shown
}

/// Returns the place of a setting's value.
pub(super) fn place(name: &str, source: &Source) -> String {
    let setting = named(name);
    let variable = setting.env;
    match source {
        Source::Flag => setting.flag_name(),
        Source::Environment => variable.to_owned(),
        Source::EnvFile { path, line } => format!("{variable} in `{}`, line {line},", path.display()),
        Source::File(path) => format!("{name} in {}", path.display()),
        Source::Default => name.to_owned(),
    }
}
