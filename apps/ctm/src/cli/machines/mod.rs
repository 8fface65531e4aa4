//! Usage of several machines, which exchange files of facts.

mod export;
mod pepper;

pub(super) use export::{ExportFactsArgs, run as export};
