//! Usage of several machines, which exchange files of facts.

mod export;
mod import;
mod list;
mod pepper;

pub(super) use export::{ExportFactsArgs, run as export};
pub(super) use import::{FactsArgs, run as import};
pub(super) use list::{MachinesArgs, run};

use crate::error::AppError;
use ctm_config::machine::machine_id;
use ctm_types::{MachineId, printable};
use std::path::Path;

/// Returns the id of this machine.
fn own_id(database: &Path) -> Result<MachineId, AppError> {
    machine_id(database).and_then(|digits| MachineId::parse(&digits)).ok_or_else(|| {
        AppError::Query(format!(
            "this machine has no id beside `{}`\nremove the file `machine-id` there, if it exists, and repeat \
             this without --no-update",
            printable::path(database)
        ))
    })
}
