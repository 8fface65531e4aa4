//! A server that has nothing to do.

use super::procfs;
use super::programs::Programs;
use super::report::IdleFigures;
use anyhow::Result;
use ctm_harness::home::Home;
use std::time::Duration;

/// Measures an idle server on a home that was read before; `None` if the system does not report its
/// consumption.
pub(crate) fn watch(programs: &Programs, home: &Home, time: Duration) -> Result<Option<IdleFigures>> {
    if !procfs::is_there() {
        eprintln!("skipped: idle, because this system has no /proc");
        return Ok(None);
    }
    let folder = tempfile::tempdir()?;
    // The first one reads everything, which the other need not.
    programs.serve(folder.path(), &home.path)?.stop()?;
    let server = programs.serve(folder.path(), &home.path)?;
    eprintln!("{}: a server is left alone for {} s", home.path.display(), time.as_secs());
    let before = procfs::cpu(server.id())?;
    server.idle(time)?;
    let cpu = procfs::cpu(server.id())?.saturating_sub(before);
    let resident_mb = procfs::resident_mb(server.id())?;
    server.stop()?;
    Ok(Some(IdleFigures {
        seconds: time.as_secs(),
        cpu_s: cpu.as_secs_f64(),
        core_percent: 100.0 * cpu.div_duration_f64(time),
        resident_mb,
    }))
}
