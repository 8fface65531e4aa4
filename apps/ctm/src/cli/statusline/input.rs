//! Input of the status line: what Claude Code writes to standard input.

use super::{ADVICE, left};
use ctm_reader::StatusLine;
use std::io::Read;
use std::sync::mpsc::{Receiver, RecvTimeoutError, Sender, channel};
use std::time::Instant;

/// Maximum input, in bytes.
const MOST_BYTES: usize = 1 << 20;

/// Size of a read, in bytes.
const CHUNK_BYTES: usize = 64 << 10;

/// A session, as far as it was described in time.
#[derive(Debug, Default)]
pub(super) struct Described {
    pub(super) status: StatusLine,
    /// Problem of the input.
    pub(super) problem: Option<String>,
}

/// Reads the description of a session until it is whole, which does not take the end of the input, or
/// until a moment.
pub(super) fn listen(until: Instant) -> Described {
    let (sender, chunks) = channel();
    std::thread::spawn(move || read(&mut std::io::stdin().lock(), &sender));
    match described(&chunks, until) {
        Ok(status) => Described { status, problem: None },
        Err(problem) => {
            let problem = format!("standard input does not describe a session: {problem}; {ADVICE}");
            Described { status: StatusLine::default(), problem: Some(problem) }
        }
    }
}

/// Sends what there is to read, as it comes, then an empty chunk.
fn read(input: &mut impl Read, chunks: &Sender<std::io::Result<Vec<u8>>>) {
    let mut buffer = vec![0; CHUNK_BYTES];
    loop {
        let chunk = match input.read(&mut buffer) {
            Err(error) if error.kind() == std::io::ErrorKind::Interrupted => continue,
            read => read.map(|length| buffer[..length].to_vec()),
        };
        let is_last = chunk.as_ref().map_or(true, Vec::is_empty);
        if chunks.send(chunk).is_err() || is_last {
            return;
        }
    }
}

fn described(chunks: &Receiver<std::io::Result<Vec<u8>>>, until: Instant) -> Result<StatusLine, String> {
    let mut text = Vec::new();
    loop {
        let chunk = match chunks.recv_timeout(left(until)) {
            Ok(chunk) => chunk.map_err(|error| error.to_string())?,
            Err(RecvTimeoutError::Timeout) => return Err("it is not whole in time".to_owned()),
            Err(RecvTimeoutError::Disconnected) => Vec::new(),
        };
        text.extend_from_slice(&chunk);
        let is_end = chunk.is_empty();
        // An object is whole at its last brace and no earlier.
        if is_end || text.trim_ascii_end().ends_with(b"}") {
            match StatusLine::parse(&text) {
                Err(error) if is_end => return Err(error.to_string()),
                Err(_) => {}
                Ok(status) => return Ok(status),
            }
        }
        if text.len() >= MOST_BYTES {
            return Err(format!("it is longer than {MOST_BYTES} bytes"));
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use std::time::Duration;

    /// Reads input in chunks, after which the writer keeps the input open or closes it.
    fn check(chunks: &[&str], stays_open: bool) -> Result<String, String> {
        let (sender, receiver) = channel();
        for chunk in chunks {
            sender.send(Ok(chunk.as_bytes().to_vec())).unwrap();
        }
        let open = stays_open.then_some(sender);
        // A description that is whole is not waited for.
        let until = Instant::now() + Duration::from_millis(if open.is_some() { 20 } else { 60_000 });
        described(&receiver, until).map(|status| status.session)
    }

    #[test]
    fn a_description_is_whole_at_its_last_brace() {
        let whole = Ok("5e55".to_owned());
        assert_eq!(check(&[r#"{"session_id":"5e55"}"#], true), whole);
        assert_eq!(check(&[r#"{"model":{"id":"#, r#""}"}"#, r#","session_id":"5e55"}"#, "\n"], true), whole);
        assert_eq!(check(&[r#"{"session_id":"5e55"}"#, "\n"], false), whole);
    }

    #[test]
    fn a_description_that_is_not_whole_is_not_waited_for() {
        let late = Err("it is not whole in time".to_owned());
        assert_eq!(check(&[], true), late);
        assert_eq!(check(&[r#"{"session_id":"5e55""#], true), late);
        assert!(check(&[], false).unwrap_err().starts_with("EOF while parsing"));
        assert!(check(&[r#"{"session_id""#], false).unwrap_err().starts_with("EOF while parsing"));
        let endless = "y\n".repeat(MOST_BYTES);
        assert_eq!(check(&[&endless], true), Err("it is longer than 1048576 bytes".to_owned()));
    }
}
