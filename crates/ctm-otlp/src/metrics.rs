//! Metrics: accepted and counted, and nothing of them is kept.
//!
//! They are sums over requests, without the ids of these, so that they cannot be distinguished from what is already known: adding
//! them would count twice. Before Claude Code 2.1.214, growing frames were added up in them as well.

use crate::body::{BodyError, Encoding};
use crate::{json, protobuf};
use serde::de::IgnoredAny;

/// Maximum number of metrics of a body.
pub const MOST_METRICS: usize = 100_000;

/// Returns the number of metrics in a body without compression.
///
/// # Errors
///
/// Fails when the body is no message in its encoding, or has too many metrics.
pub fn count(body: &[u8], encoding: Encoding) -> Result<u64, BodyError> {
    let mut metrics = 0;
    let mut add = || {
        metrics += 1;
        if metrics > MOST_METRICS { Err(BodyError::TooMany { most: MOST_METRICS }) } else { Ok(()) }
    };
    match encoding {
        // `resource_metrics`, `scope_metrics`, `metrics`.
        Encoding::Protobuf => protobuf::each(body, &[1, 2, 2], &mut |_| add())?,
        Encoding::Json => {
            let path = ["resourceMetrics", "scopeMetrics", "metrics"];
            json::each(body, &path, &mut |_: IgnoredAny| add())?;
        }
    }
    Ok(metrics as u64)
}
