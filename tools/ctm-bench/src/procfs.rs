//! Resources used by a running process, if `/proc` reports them.

use anyhow::{Context, Result};
use std::path::Path;
use std::time::Duration;

/// Length of a tick in milliseconds: what the kernel shows to programs is a hundredth of a second
/// on every platform that has `/proc`, whatever it counts in itself.
const TICK_MS: u64 = 10;

/// Returns whether the system has a `/proc`.
pub(crate) fn is_there() -> bool {
    Path::new("/proc/self/stat").exists()
}

/// Returns the CPU time of all threads of a process, in steps of 10 ms.
pub(crate) fn cpu(process: u32) -> Result<Duration> {
    let path = format!("/proc/{process}/stat");
    let stat = read(&path)?;
    let ticks = ticks(&stat).with_context(|| format!("cannot parse `{path}`"))?;
    Ok(Duration::from_millis(ticks * TICK_MS))
}

/// Returns how much memory of a process is resident, in megabytes.
pub(crate) fn resident_mb(process: u32) -> Result<f64> {
    megabytes(process, "VmRSS:")
}

/// Returns the most memory of a process that was resident at a time, in megabytes.
pub(crate) fn peak_mb(process: u32) -> Result<f64> {
    megabytes(process, "VmHWM:")
}

/// Lets the most memory of a process begin with what is resident now.
pub(crate) fn reset_peak(process: u32) -> Result<()> {
    let path = format!("/proc/{process}/clear_refs");
    std::fs::write(&path, "5").with_context(|| format!("cannot write `{path}`"))
}

#[expect(clippy::cast_precision_loss, reason = "for showing only")]
fn megabytes(process: u32, name: &str) -> Result<f64> {
    let path = format!("/proc/{process}/status");
    let status = read(&path)?;
    let kibibytes = number(&status, name).with_context(|| format!("cannot parse `{path}`"))?;
    Ok((kibibytes << 10) as f64 / 1e6)
}

/// Returns the bytes that a process has written to storage, also after its end until it is waited for.
pub(crate) fn written_bytes(process: u32) -> Result<u64> {
    let path = format!("/proc/{process}/io");
    let io = read(&path)?;
    number(&io, "write_bytes:").with_context(|| format!("cannot parse `{path}`"))
}

fn read(path: &str) -> Result<String> {
    std::fs::read_to_string(path).with_context(|| format!("cannot read `{path}`"))
}

/// Returns the ticks in user mode and in the system: the 14th and 15th field, of which the 2nd,
/// the program's name, may have anything in it but ends with the last parenthesis.
fn ticks(stat: &str) -> Option<u64> {
    let (_, rest) = stat.rsplit_once(')')?;
    let mut fields = rest.split_whitespace().skip(11);
    let mut field = || fields.next()?.parse::<u64>().ok();
    Some(field()? + field()?)
}

/// Returns the number on the line that begins with `name`.
fn number(text: &str, name: &str) -> Option<u64> {
    text.lines().find_map(|line| line.strip_prefix(name))?.split_whitespace().next()?.parse().ok()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn ticks_are_found_behind_any_name() {
        let check = |stat: &str, expected| assert_eq!(ticks(stat), expected, "{stat}");
        check("42 (ctm) S 1 2 3 0 -1 4 5 6 7 8 30 12 0 0 20 0 4 0 99", Some(42));
        check("42 (a) b) c) S 1 2 3 0 -1 4 5 6 7 8 30 12 0 0", Some(42));
        check("42 (ctm) S 1", None);
        check("", None);
    }

    #[test]
    fn numbers_are_found_by_their_names() {
        let status = "Name:\tctm\nVmHWM:\t  200 kB\nVmRSS:\t  100 kB\n";
        assert_eq!(number(status, "VmRSS:"), Some(100));
        assert_eq!(number("Name:\tctm\n", "VmRSS:"), None);
    }

    #[cfg(target_os = "linux")]
    #[test]
    fn the_own_process_is_readable() {
        cpu(std::process::id()).unwrap();
        let resident_mb = resident_mb(std::process::id()).unwrap();
        assert!(resident_mb > 0.0 && peak_mb(std::process::id()).unwrap() >= resident_mb);
        written_bytes(std::process::id()).unwrap();
    }

    #[cfg(target_os = "linux")]
    #[test]
    fn the_peak_begins_anew() {
        let own = std::process::id();
        let touched = std::hint::black_box(vec![1_u8; 64 << 20]);
        drop(touched);
        let peak = peak_mb(own).unwrap();
        reset_peak(own).unwrap();
        assert!(peak_mb(own).unwrap() < peak);
    }
}
