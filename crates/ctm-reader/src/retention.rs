//! Retention period of transcripts in Claude Code.

use crate::regular::read_regular;
use crate::{ClaudeHome, ReadError};
use serde::Deserialize;
use std::io::ErrorKind;
use std::path::{Path, PathBuf};

/// Days for which Claude Code keeps transcripts by default.
///
/// Source: <https://docs.claude.com/en/docs/claude-code/settings>, `cleanupPeriodDays`.
pub const DEFAULT_CLEANUP_PERIOD_DAYS: u64 = 30;

/// The settings files, the one with precedence first.
const FILES: [&str; 2] = ["settings.local.json", "settings.json"];

/// Maximum size of a settings file, in bytes.
const MOST_BYTES: u64 = 4 << 20;

/// The keys that are read.
#[derive(Deserialize)]
#[serde(rename_all = "camelCase")]
struct Settings {
    #[serde(default)]
    cleanup_period_days: Option<serde_json::Value>,
    #[serde(default)]
    desktop_session_cleanup_period_days: Option<serde_json::Value>,
}

/// How long a home keeps transcripts, as far as its settings state it.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
#[non_exhaustive]
pub struct CleanupPeriods {
    /// Days for which transcripts are kept, by `cleanupPeriodDays`.
    pub days: Option<u64>,
    /// Days for which those of the desktop app's sessions are kept, by `desktopSessionCleanupPeriodDays`; `None` if
    /// these are not deleted, which is the default and the meaning of 0.
    pub desktop_days: Option<u64>,
    /// `true` if managed settings state them.
    pub is_managed: bool,
}

impl CleanupPeriods {
    /// Returns the periods with a managed `cleanupPeriodDays`, which precedes the settings of a home and applies to the
    /// desktop app's sessions as well.
    ///
    /// Source: <https://code.claude.com/docs/en/claude-directory>, retention of Claude Desktop and Cowork transcripts.
    #[must_use]
    pub fn managed(self, days: Option<u64>) -> Self {
        match days {
            Some(_) => Self { days, desktop_days: days, is_managed: true },
            None => self,
        }
    }
}

/// Reads from the settings of a Claude home how many days transcripts are kept. Nothing else of the settings is read or
/// kept.
///
/// # Errors
///
/// Fails when a file exists but cannot be read, or is not a JSON object.
pub fn read_cleanup_periods(home: &ClaudeHome) -> Result<CleanupPeriods, ReadError> {
    let (mut days, mut desktop_days) = (None, None);
    for name in FILES {
        let Some(settings) = read(&home.path.join(name))? else { continue };
        days = days.or(number(settings.cleanup_period_days.as_ref()));
        desktop_days = desktop_days.or(number(settings.desktop_session_cleanup_period_days.as_ref()));
    }
    let desktop_days = desktop_days.filter(|days| *days > 0);
    Ok(CleanupPeriods { days, desktop_days, is_managed: false })
}

/// Reads `cleanupPeriodDays` from files of managed settings, the last of which has precedence.
///
/// # Errors
///
/// Fails when a file exists but cannot be read, or is not a JSON object.
pub fn read_managed_cleanup_days(files: &[PathBuf]) -> Result<Option<u64>, ReadError> {
    let mut days = None;
    for path in files {
        let managed = read(path)?.and_then(|settings| number(settings.cleanup_period_days.as_ref()));
        days = managed.or(days);
    }
    Ok(days)
}

/// Reads a settings file; `None` where there is none.
fn read(path: &Path) -> Result<Option<Settings>, ReadError> {
    let text = match read_regular(path, MOST_BYTES) {
        Ok(text) => text,
        Err(error) if error.kind() == ErrorKind::NotFound => return Ok(None),
        Err(error) => return Err(ReadError::io(path)(error)),
    };
    let path = path.to_owned();
    serde_json::from_slice(&text).map(Some).map_err(|source| ReadError::Json { path, source })
}

fn number(value: Option<&serde_json::Value>) -> Option<u64> {
    value.and_then(serde_json::Value::as_u64)
}

#[cfg(test)]
mod tests {
    use super::*;
    use std::fs;

    fn check(files: &[(&str, &str)], expected: Option<u64>) {
        let dir = tempfile::tempdir().unwrap();
        for (name, text) in files {
            fs::write(dir.path().join(name), text).unwrap();
        }
        let periods = read_cleanup_periods(&ClaudeHome::open(dir.path()).unwrap()).unwrap();
        assert_eq!(periods, CleanupPeriods { days: expected, ..CleanupPeriods::default() }, "{files:?}");
    }

    #[test]
    fn the_nearer_settings_determine_the_retention() {
        check(&[], None);
        check(&[("settings.json", "{}")], None);
        check(&[("settings.json", r#"{"env":{"SECRET":"x"},"cleanupPeriodDays":99999}"#)], Some(99_999));
        check(
            &[
                ("settings.json", r#"{"cleanupPeriodDays":30}"#),
                ("settings.local.json", r#"{"cleanupPeriodDays":7}"#),
            ],
            Some(7),
        );
        check(
            &[
                ("settings.json", r#"{"cleanupPeriodDays":30}"#),
                ("settings.local.json", r#"{"cleanupPeriodDays":"7"}"#),
            ],
            Some(30),
        );
        check(&[("settings.json", r#"{"cleanupPeriodDays":-1}"#)], None);
    }

    #[test]
    fn sessions_of_the_desktop_app_have_a_period_of_their_own() {
        let check = |text: &str, days, desktop_days| {
            let dir = tempfile::tempdir().unwrap();
            fs::write(dir.path().join("settings.local.json"), text).unwrap();
            let settings = r#"{"cleanupPeriodDays":20,"desktopSessionCleanupPeriodDays":90}"#;
            fs::write(dir.path().join("settings.json"), settings).unwrap();
            let periods = read_cleanup_periods(&ClaudeHome::open(dir.path()).unwrap());
            let expected = CleanupPeriods { days, desktop_days, is_managed: false };
            assert_eq!(periods.unwrap(), expected, "{text}");
        };
        check("{}", Some(20), Some(90));
        check(r#"{"desktopSessionCleanupPeriodDays":7}"#, Some(20), Some(7));
        check(r#"{"cleanupPeriodDays":5,"desktopSessionCleanupPeriodDays":0}"#, Some(5), None);
    }

    #[test]
    fn a_managed_period_precedes_those_of_the_home_for_all_sessions() {
        let dir = tempfile::tempdir().unwrap();
        let check = |texts: &[&str], expected: CleanupPeriods| {
            let write = |(at, text): (usize, &&str)| {
                let path = dir.path().join(format!("{at}.json"));
                fs::write(&path, text).unwrap();
                path
            };
            let mut files: Vec<PathBuf> = texts.iter().enumerate().map(write).collect();
            files.insert(0, dir.path().join("missing.json"));
            let of_home = CleanupPeriods { days: Some(90), desktop_days: Some(60), is_managed: false };
            assert_eq!(of_home.managed(read_managed_cleanup_days(&files).unwrap()), expected, "{texts:?}");
        };
        let of_home = CleanupPeriods { days: Some(90), desktop_days: Some(60), is_managed: false };
        let managed = |days| CleanupPeriods { days: Some(days), desktop_days: Some(days), is_managed: true };
        check(&[], of_home);
        check(&[r#"{"desktopSessionCleanupPeriodDays":5}"#], of_home);
        check(&[r#"{"cleanupPeriodDays":7}"#, "{}"], managed(7));
        check(&[r#"{"cleanupPeriodDays":7}"#, r#"{"cleanupPeriodDays":9}"#], managed(9));
    }

    #[test]
    fn settings_that_are_no_json_are_an_error() {
        let dir = tempfile::tempdir().unwrap();
        fs::write(dir.path().join("settings.json"), "{").unwrap();
        let error = read_cleanup_periods(&ClaudeHome::open(dir.path()).unwrap()).unwrap_err();
        assert!(error.to_string().contains("settings.json"), "{error}");
    }
}
