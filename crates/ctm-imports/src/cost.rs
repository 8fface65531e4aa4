//! Costs, which other programs write as floating-point numbers.

use crate::error::ImportFileError;
use ctm_types::PicoUsd;

/// The largest cost of one figure, in US dollars.
const MOST: f64 = 1e9;

/// Returns a cost of at most twelve decimals.
pub(crate) fn cost(
    usd: Option<f64>,
    place: impl FnOnce() -> String,
) -> Result<Option<PicoUsd>, ImportFileError> {
    let Some(usd) = usd else { return Ok(None) };
    let exact = (0.0..=MOST).contains(&usd).then(|| format!("{usd:.12}").parse().ok()).flatten();
    exact.map(Some).ok_or_else(|| ImportFileError::Cost { place: place(), cost: usd })
}
