//! Location of Claude Code's managed settings, for their prices and the time that transcripts are kept.

use std::fmt;
use std::io::{self, ErrorKind};
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

/// The most drop-in files that are read.
const MOST_DROP_INS: usize = 100;

/// The managed settings that are read.
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

    /// Returns the drop-in files next to the file, in the order of their names; none where their folder is missing.
    pub(crate) fn drop_ins(&self) -> Result<Vec<PathBuf>, (PathBuf, io::Error)> {
        let Some(folder) = self.file().map(|file| file.with_extension("d")) else { return Ok(Vec::new()) };
        let fail = |error| (folder.to_owned(), error);
        let entries = match folder.read_dir() {
            Err(error) if error.kind() == ErrorKind::NotFound => return Ok(Vec::new()),
            entries => entries.map_err(fail)?,
        };
        let paths: Result<Vec<PathBuf>, io::Error> = entries.map(|entry| Ok(entry?.path())).collect();
        let mut paths = paths.map_err(fail)?;
        paths.retain(|path| {
            let is_hidden = path.file_name().is_none_or(|name| name.as_encoded_bytes().starts_with(b"."));
            !is_hidden && path.extension().is_some_and(|extension| extension == "json")
        });
        if paths.len() > MOST_DROP_INS {
            return Err(fail(io::Error::other(format!("more than {MOST_DROP_INS} files"))));
        }
        paths.sort_unstable();
        Ok(paths)
    }

    /// Returns the file and the drop-in files next to it, the last of which has precedence; the file need not exist.
    #[must_use]
    pub fn files(&self) -> Vec<PathBuf> {
        let drop_ins = self.drop_ins().unwrap_or_default();
        self.file().map(Path::to_owned).into_iter().chain(drop_ins).collect()
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
