//! Limit of open files, and therefore of connections.
//!
//! Systems allow a program 256 or 1,024 open files by default, fewer than the maximum number of WebSockets.

/// Connections besides WebSockets: requests, and idle clients until their timeout.
const REQUESTS: usize = 2_500;

/// Files for other purposes: the database and transcripts.
const OTHERS: u64 = 200;

/// Raises the limit for a number of WebSockets; a lower limit of the system is logged.
#[cfg(unix)]
pub fn raise_fd_limit(clients: usize) {
    use rustix::process::{Resource, Rlimit, getrlimit, setrlimit};
    let needed = OTHERS + clients as u64;
    let wanted = needed + REQUESTS as u64;
    let Rlimit { current, maximum } = getrlimit(Resource::Nofile);
    // `None` means no limit.
    if current.is_none_or(|current| current >= wanted) {
        return;
    }
    let given = maximum.unwrap_or(wanted).min(wanted);
    let asked = setrlimit(Resource::Nofile, Rlimit { current: Some(given), maximum });
    if asked.is_err() || given < needed {
        tracing::warn!("{needed} open files are wanted for {clients} WebSockets, and fewer are allowed");
    }
}

/// Does nothing: this system has no such limit.
#[cfg(not(unix))]
pub fn raise_fd_limit(_clients: usize) {}

/// Returns the maximum number of connections, including WebSockets; others have to wait, so that files can
/// still be opened.
#[must_use]
pub fn connections(clients: usize) -> usize {
    let wanted = clients + REQUESTS;
    let Some(files) = allowed() else { return wanted };
    let connections = usize::try_from(files.saturating_sub(OTHERS));
    connections.map_or(wanted, |connections| connections.clamp(1, wanted))
}

/// Returns the maximum number of open files, if there is a limit.
#[cfg(unix)]
fn allowed() -> Option<u64> {
    use rustix::process::{Resource, getrlimit};
    getrlimit(Resource::Nofile).current
}

/// Returns `None`: this system has no such limit.
#[cfg(not(unix))]
fn allowed() -> Option<u64> {
    None
}
