//! Location of Claude Code's managed settings, for their prices.

use std::fmt;
use std::path::{Path, PathBuf};

/// The file in the place that Claude Code reads it from.
#[cfg(target_os = "macos")]
const OFFICIAL: &str = "/Library/Application Support/ClaudeCode/managed-settings.json";
/// The file in the place that Claude Code reads it from.
#[cfg(windows)]
const OFFICIAL: &str = r"C:\Program Files\ClaudeCode\managed-settings.json";
/// The file in the place that Claude Code reads it from.
#[cfg(not(any(target_os = "macos", windows)))]
const OFFICIAL: &str = "/etc/claude-code/managed-settings.json";

/// The managed settings with prices.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum ManagedSettings {
    /// The settings in the official location of Claude Code, if they exist.
    Auto,
    /// The settings in a file.
    File(PathBuf),
    /// None.
    Off,
}

impl ManagedSettings {
    /// Parses a keyword, which is not a file of that name.
    pub(super) fn parse_word(text: &str) -> Option<Self> {
        match text {
            "auto" => Some(Self::Auto),
            "off" => Some(Self::Off),
            _ => None,
        }
    }

    /// Returns the file, if one is read.
    #[must_use]
    pub fn file(&self) -> Option<&Path> {
        match self {
            Self::Auto => Some(Path::new(OFFICIAL)),
            Self::File(path) => Some(path),
            Self::Off => None,
        }
    }
}

impl fmt::Display for ManagedSettings {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Auto => f.write_str("auto"),
            Self::File(path) => path.display().fmt(f),
            Self::Off => f.write_str("off"),
        }
    }
}
