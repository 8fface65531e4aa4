//! Retention period of transcripts in Claude Code.

use crate::regular::read_regular;
use crate::{ClaudeHome, ReadError};
use serde::Deserialize;
use std::io::ErrorKind;

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
pub struct CleanupPeriods {
    /// Days for which transcripts are kept, by `cleanupPeriodDays`.
    pub days: Option<u64>,
    /// Days for which those of the desktop app's sessions are kept, by `desktopSessionCleanupPeriodDays`; `None` if
    /// these are not deleted, which is the default and the meaning of 0.
    pub desktop_days: Option<u64>,
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
        let path = home.path.join(name);
        let text = match read_regular(&path, MOST_BYTES) {
            Ok(text) => text,
            Err(error) if error.kind() == ErrorKind::NotFound => continue,
            Err(error) => return Err(ReadError::io(&path)(error)),
        };
        let settings: Settings =
            serde_json::from_slice(&text).map_err(|source| ReadError::Json { path, source })?;
        let number = |value: Option<serde_json::Value>| value.as_ref().and_then(serde_json::Value::as_u64);
        days = days.or(number(settings.cleanup_period_days));
        desktop_days = desktop_days.or(number(settings.desktop_session_cleanup_period_days));
    }
    Ok(CleanupPeriods { days, desktop_days: desktop_days.filter(|days| *days > 0) })
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
        assert_eq!(periods, CleanupPeriods { days: expected, desktop_days: None }, "{files:?}");
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
            assert_eq!(periods.unwrap(), CleanupPeriods { days, desktop_days }, "{text}");
        };
        check("{}", Some(20), Some(90));
        check(r#"{"desktopSessionCleanupPeriodDays":7}"#, Some(20), Some(7));
        check(r#"{"cleanupPeriodDays":5,"desktopSessionCleanupPeriodDays":0}"#, Some(5), None);
    }

    #[test]
    fn settings_that_are_no_json_are_an_error() {
        let dir = tempfile::tempdir().unwrap();
        fs::write(dir.path().join("settings.json"), "{").unwrap();
        let error = read_cleanup_periods(&ClaudeHome::open(dir.path()).unwrap()).unwrap_err();
        assert!(error.to_string().contains("settings.json"), "{error}");
    }
}
