//! Homes generated for a measurement.

use anyhow::Result;
use ctm_corpus::Plan;
use ctm_harness::home::{Home, write_answer};
use std::path::Path;

/// Generates the home of a plan, with its answer.
pub(crate) fn generated(plan: &Plan, path: &Path) -> Result<Home> {
    eprintln!("a home of {} MB is generated", plan.size_bytes / 1_000_000);
    write_answer(&ctm_corpus::generate(plan, path)?, path)?;
    Home::open(path)
}
