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

/// The one key that is read.
#[derive(Deserialize)]
#[serde(rename_all = "camelCase")]
struct Settings {
    #[serde(default)]
    cleanup_period_days: Option<serde_json::Value>,
}

/// Reads from the settings of a Claude home how many days transcripts are kept; `None` if
/// they do not state it. Nothing else of the settings is read or kept.
///
/// # Errors
///
/// Fails when a file exists but cannot be read, or is not a JSON object.
pub fn read_cleanup_period_days(home: &ClaudeHome) -> Result<Option<u64>, ReadError> {
    for name in FILES {
        let path = home.path.join(name);
        let text = match read_regular(&path, MOST_BYTES) {
            Ok(text) => text,
            Err(error) if error.kind() == ErrorKind::NotFound => continue,
            Err(error) => return Err(ReadError::io(&path)(error)),
        };
        let settings: Settings =
            serde_json::from_slice(&text).map_err(|source| ReadError::Json { path, source })?;
        let days = settings.cleanup_period_days.as_ref().and_then(serde_json::Value::as_u64);
        if days.is_some() {
            return Ok(days);
        }
    }
    Ok(None)
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
        let days = read_cleanup_period_days(&ClaudeHome::open(dir.path()).unwrap());
        assert_eq!(days.unwrap(), expected, "{files:?}");
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
    fn settings_that_are_no_json_are_an_error() {
        let dir = tempfile::tempdir().unwrap();
        fs::write(dir.path().join("settings.json"), "{").unwrap();
        let error = read_cleanup_period_days(&ClaudeHome::open(dir.path()).unwrap()).unwrap_err();
        assert!(error.to_string().contains("settings.json"), "{error}");
    }
}
