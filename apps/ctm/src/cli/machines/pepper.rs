//! The secret that machines which share usage have in common, from a file.

use crate::error::AppError;
use ctm_reader::read_regular;
use ctm_types::printable;
use std::path::Path;

/// The shortest secret, in bytes.
const SHORTEST: usize = 16;

/// The largest file of a secret, in bytes.
const MOST_FILE_BYTES: u64 = 4096;

/// Reads the secret of a file; without one, returns the empty one. White space around a secret is no part of it.
pub(super) fn secret(file: Option<&Path>) -> Result<Vec<u8>, AppError> {
    let Some(file) = file else { return Ok(Vec::new()) };
    let shown = printable::path(file);
    let bytes = read_regular(file, MOST_FILE_BYTES).map_err(AppError::io(format!("read `{shown}`")))?;
    let secret = bytes.trim_ascii();
    if secret.len() < SHORTEST {
        return Err(AppError::Query(format!(
            "the secret in `{shown}` is too short\nallowed: {SHORTEST} to {MOST_FILE_BYTES} bytes, such as the \
             output of `openssl rand -hex 32`"
        )));
    }
    Ok(secret.to_owned())
}
