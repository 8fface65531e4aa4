//! File size limit (`ulimit -f`).

/// Makes a write that exceeds the limit fail like one on a full disk. Without a handler for the signal, the
/// system ends the program.
///
/// Must be called within a runtime.
#[cfg(unix)]
pub(crate) fn let_writes_fail() {
    use tokio::signal::unix::{SignalKind, signal};
    // The handler stays when the stream of signals is dropped.
    if let Err(error) = signal(SignalKind::from_raw(rustix::process::Signal::XFSZ.as_raw())) {
        tracing::warn!("a file that becomes too large ends the program: {error}");
    }
}

/// Does nothing: the platform has no such limit.
#[cfg(not(unix))]
pub(crate) fn let_writes_fail() {}
