//! The price book in force.

use crate::error::AppError;
use crate::settings::read_text;
use ctm_pricing::PriceBook;
use std::path::Path;

/// Returns the built-in prices with the person's own, if there are any.
///
/// # Errors
///
/// Fails when the file cannot be read or is not valid.
pub fn load(overrides: Option<&Path>) -> Result<PriceBook, AppError> {
    let builtin = PriceBook::builtin();
    let Some(path) = overrides else {
        return Ok(builtin);
    };
    let text = read_text(path)?;
    builtin.with_overrides(&text).map_err(|source| AppError::Prices { path: path.to_owned(), source })
}
