//! How many files the program may open.
//!
//! Systems allow a program 256 or 1,024 unless it asks for more, which is less than what as many
//! WebSockets take.

/// Files that a WebSocket takes: its socket, and the handle by which it can be closed.
const PER_CLIENT: u64 = 2;

/// Files that everything else takes: the database, transcripts, requests.
const OTHERS: u64 = 200;

/// Asks for room for so many WebSockets; where the system gives less, that is logged.
#[cfg(unix)]
pub fn make_room(clients: usize) {
    use rustix::process::{Resource, Rlimit, getrlimit, setrlimit};
    let wanted = OTHERS + PER_CLIENT * clients as u64;
    let Rlimit { current, maximum } = getrlimit(Resource::Nofile);
    // Without a value there is no limit.
    if current.is_none_or(|current| current >= wanted) {
        return;
    }
    let given = maximum.unwrap_or(wanted).min(wanted);
    let asked = setrlimit(Resource::Nofile, Rlimit { current: Some(given), maximum });
    if asked.is_err() || given < wanted {
        tracing::warn!("{wanted} open files are wanted for {clients} WebSockets, and fewer are allowed");
    }
}

/// Does nothing: there is no such limit.
#[cfg(not(unix))]
pub fn make_room(_clients: usize) {}
