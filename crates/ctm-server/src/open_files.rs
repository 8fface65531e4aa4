//! Limit of open files, and so of connections.
//!
//! Systems allow a program 256 or 1,024 unless it asks for more, which is less than what as many
//! WebSockets take.

/// Connections beside WebSockets: requests, and clients that say nothing until their time is over.
const REQUESTS: usize = 2_500;

/// Files that everything else takes: the database and transcripts.
const OTHERS: u64 = 200;

/// Asks for room for so many WebSockets; where the system gives less, that is logged.
#[cfg(unix)]
pub fn raise_fd_limit(clients: usize) {
    use rustix::process::{Resource, Rlimit, getrlimit, setrlimit};
    let needed = OTHERS + clients as u64;
    let wanted = needed + REQUESTS as u64;
    let Rlimit { current, maximum } = getrlimit(Resource::Nofile);
    // Without a value there is no limit.
    if current.is_none_or(|current| current >= wanted) {
        return;
    }
    let given = maximum.unwrap_or(wanted).min(wanted);
    let asked = setrlimit(Resource::Nofile, Rlimit { current: Some(given), maximum });
    if asked.is_err() || given < needed {
        tracing::warn!("{needed} open files are wanted for {clients} WebSockets, and fewer are allowed");
    }
}

/// Does nothing: there is no such limit.
#[cfg(not(unix))]
pub fn raise_fd_limit(_clients: usize) {}

/// Returns how many connections there may be, so many WebSockets among them; others have to wait, or
/// nothing could be read from files any more.
#[must_use]
pub fn connections(clients: usize) -> usize {
    let wanted = clients + REQUESTS;
    let Some(files) = allowed() else { return wanted };
    let connections = usize::try_from(files.saturating_sub(OTHERS));
    connections.map_or(wanted, |connections| connections.clamp(1, wanted))
}

/// Returns how many files may be open, if there is a limit.
#[cfg(unix)]
fn allowed() -> Option<u64> {
    use rustix::process::{Resource, getrlimit};
    getrlimit(Resource::Nofile).current
}

/// Returns nothing: there is no such limit.
#[cfg(not(unix))]
fn allowed() -> Option<u64> {
    None
}
