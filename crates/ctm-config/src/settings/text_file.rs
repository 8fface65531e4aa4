//! Files of settings and prices, as they are read.

use crate::error::ConfigError;
use ctm_reader::read_regular;
use std::path::Path;

/// The largest file of settings or prices, in bytes.
pub const MOST_BYTES: u64 = 1 << 20;

/// Reads a file of settings or prices.
pub(super) fn read(path: &Path) -> Result<Vec<u8>, ConfigError> {
    read_regular(path, MOST_BYTES)
        .map_err(|source| ConfigError::ConfigFile { path: path.to_owned(), source: source.into() })
}

/// Reads a file of settings or prices that is text.
///
/// # Errors
///
/// Fails when the file cannot be read, is not a regular file, is larger than 1 MiB, or is not UTF-8.
pub fn read_text(path: &Path) -> Result<String, ConfigError> {
    String::from_utf8(read(path)?).map_err(|error| {
        let byte = error.utf8_error().valid_up_to() + 1;
        ConfigError::ConfigFile { path: path.to_owned(), source: format!("byte {byte} is not UTF-8").into() }
    })
}

/// Parses TOML; an error has its line.
pub(super) fn toml_table(text: &str) -> Result<toml::Table, String> {
    text.parse().map_err(|error: toml::de::Error| {
        let before = error.span().and_then(|span| text.get(..span.start)).unwrap_or_default();
        format!("line {}: {}", before.matches('\n').count() + 1, error.message())
    })
}
