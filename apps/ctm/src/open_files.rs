//! How many files the program may open, and so how many connections it can serve.
//!
//! Systems allow a program 256 or 1,024 unless it asks for more, which is less than what as many
//! WebSockets take.

/// Files that a connection takes: its socket, and the handle by which it can be closed.
const PER_CONNECTION: u64 = 2;

/// Connections beside WebSockets: requests, and clients that say nothing until their time is over.
const REQUESTS: u64 = 2_000;

/// Files that everything else takes: the database and transcripts.
const OTHERS: u64 = 200;

/// Connections at most, whatever the system allows.
const MOST_CONNECTIONS: usize = 8_192;

/// Asks for room for so many WebSockets; where the system gives less, that is logged.
#[cfg(unix)]
pub fn make_room(clients: usize) {
    use rustix::process::{Resource, Rlimit, getrlimit, setrlimit};
    let needed = OTHERS + PER_CONNECTION * clients as u64;
    let wanted = needed + PER_CONNECTION * REQUESTS;
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
pub fn make_room(_clients: usize) {}

/// Returns how many connections there is room for; others have to wait, or nothing could be read
/// from files any more.
#[must_use]
pub fn connections() -> usize {
    let Some(files) = allowed() else { return MOST_CONNECTIONS };
    let connections = usize::try_from(files.saturating_sub(OTHERS) / PER_CONNECTION);
    connections.map_or(MOST_CONNECTIONS, |connections| connections.clamp(1, MOST_CONNECTIONS))
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
