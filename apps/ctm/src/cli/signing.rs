//! Keys that sign, in files.

use super::destination::Destination;
use crate::error::AppError;
use ctm_config::settings::Settings;
use ctm_proof::SigningKey;
use ctm_reader::read_regular;
use ctm_types::printable;
use std::io::Write;
use std::path::Path;

/// The largest file of a key, in bytes.
const MOST_FILE_BYTES: u64 = 4096;

/// Reads the key of a file, if there is one.
pub(super) fn key(file: Option<&Path>) -> Result<Option<SigningKey>, AppError> {
    let Some(file) = file else { return Ok(None) };
    let shown = printable::path(file);
    let bytes = read_regular(file, MOST_FILE_BYTES).map_err(AppError::io(format!("read `{shown}`")))?;
    let key = SigningKey::parse(&String::from_utf8_lossy(&bytes));
    key.map(Some).map_err(|error| {
        AppError::Query(format!("`{shown}` has no key: {error}\n`ctm close --make-key FILE` makes one"))
    })
}

/// Writes a new key to a file that does not exist, for its owner only, and returns its public key.
pub(super) fn make(settings: &Settings, file: &Path) -> Result<String, AppError> {
    let shown = printable::path(file);
    let destination = Destination::find(file, false)?;
    settings.check_output(destination.path())?;
    let Destination::File(place) = destination else {
        return Err(AppError::Query(format!("`{shown}` is not a regular file\nspecify a new file")));
    };
    let fail = |error| AppError::Query(format!("no key was made: {error}"));
    let text = SigningKey::generate().map_err(fail)?;
    let key = SigningKey::parse(&text).map_err(fail)?;
    // Readable by its owner only, as temporary files are.
    let mut written = place.begin()?;
    written.write_all(text.as_bytes()).map_err(place.failed())?;
    place.finish(written)?;
    Ok(key.public_key())
}
