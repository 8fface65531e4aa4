//! The effective price book: the built-in table, overridden by managed prices, a pack and the user's own
//! prices.

use crate::error::ConfigError;
use crate::settings::{ManagedSettings, Settings, Warning, read_text};
use ctm_pricing::{ManagedPricing, PriceBook};
use ctm_types::printable::with_causes;
use std::fmt::Display;
use std::io::{self, ErrorKind};
use std::path::Path;

/// Returns the effective prices. Ignored values of managed settings are logged.
///
/// # Errors
///
/// Fails when the person's own file cannot be read or is not valid.
pub fn load(settings: &Settings) -> Result<PriceBook, ConfigError> {
    let (book, warnings) = without_own(settings);
    warnings.iter().for_each(|warning| tracing::warn!("{warning}"));
    settings.prices.as_deref().map_or(Ok(book.clone()), |path| with_own(&book, path))
}

/// Returns the prices below the user's own, and the ignored values of managed settings.
#[must_use]
pub fn without_own(settings: &Settings) -> (PriceBook, Vec<Warning>) {
    let (pricing, mut warnings) = managed(&settings.managed_settings);
    let (mut book, faults) = PriceBook::builtin().with_managed(pricing);
    warnings.extend(faults.iter().map(|fault| Warning {
        message: format!("managed prices: {fault}, and is ignored"),
        advice: format!("allowed: {}", fault.allowed),
    }));
    if let Some(pack) = settings.prices_pack {
        book = book.with_pack(pack);
    }
    (book, warnings)
}

/// Returns a book with the prices of a user's file on top.
///
/// # Errors
///
/// Fails when the file cannot be read or is not valid.
pub fn with_own(book: &PriceBook, path: &Path) -> Result<PriceBook, ConfigError> {
    let text = read_text(path)?;
    book.with_overrides(&text).map_err(|source| ConfigError::Prices { path: path.to_owned(), source })
}

/// Reads the prices of managed settings: a file, and the drop-in files next to it in the order of their
/// names.
fn managed(settings: &ManagedSettings) -> (ManagedPricing, Vec<Warning>) {
    let (mut pricing, mut warnings) = (ManagedPricing::default(), Vec::new());
    let Some(file) = settings.file() else { return (pricing, warnings) };
    let drop_ins = settings.drop_ins().unwrap_or_else(|(folder, error)| {
        warnings.push(unread(format_args!("cannot read `{}`: {}", folder.display(), with_causes(&error))));
        Vec::new()
    });
    let is_missing = |error: io::Error| error.kind() == ErrorKind::NotFound;
    let may_be_missing = *settings == ManagedSettings::Auto || !drop_ins.is_empty();
    let is_absent = may_be_missing && file.symlink_metadata().is_err_and(is_missing);
    for path in (!is_absent).then(|| file.to_owned()).into_iter().chain(drop_ins) {
        match read_text(&path) {
            Ok(text) => pricing.add(&path.display().to_string(), &text),
            Err(error) => warnings.push(unread(with_causes(&error))),
        }
    }
    (pricing, warnings)
}

fn unread(what: impl Display) -> Warning {
    Warning {
        message: format!("managed prices: {what}"),
        advice: "let the user that runs ctm read it, or say `managed_settings = \"off\"`".to_owned(),
    }
}
