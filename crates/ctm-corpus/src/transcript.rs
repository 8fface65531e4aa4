//! A transcript that is being written.

use crate::error::{CorpusError, Result};
use crate::home::Home;
use crate::json::spaced;
use crate::line::{Fate, Line, Message};
use std::fs::File;
use std::io::{BufWriter, Write as _};
use std::path::PathBuf;

/// Kind of a transcript, which decides how Claude Code's own statistics count it.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum TranscriptKind {
    /// A main conversation.
    Session,
    /// A subagent.
    Agent,
    /// A subagent that those statistics do not look for: of a workflow, or beside the session.
    HiddenAgent,
}

/// Writer of the lines of a file.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Layout {
    Compact,
    /// With a space after each colon and comma.
    Spaced,
    /// With Windows line ends.
    CarriageReturns,
    /// With a byte order mark before the first line.
    ByteOrderMark,
}

/// Properties of lines that differ between two sessions with the same lines.
#[derive(Debug, Clone)]
pub(crate) struct Identity {
    /// Its id.
    pub(crate) session: String,
    /// Members of the lines about the origin of the session, with a comma before them.
    pub(crate) members: String,
}

impl Identity {
    /// Returns the identity of a session without an origin.
    pub(crate) fn of(session: String) -> Self {
        Self { session, members: String::new() }
    }
}

const ODD_LAYOUTS: &[Layout] = &[Layout::Spaced, Layout::CarriageReturns, Layout::ByteOrderMark];

/// A transcript that is being written.
#[derive(Debug)]
pub(crate) struct Transcript {
    /// Path below the home.
    pub(crate) relative: String,
    path: PathBuf,
    out: BufWriter<File>,
    kind: TranscriptKind,
    layout: Layout,
    is_empty: bool,
}

impl Transcript {
    pub(crate) fn create(home: &mut Home, relative: String, kind: TranscriptKind) -> Result<Self> {
        let path = home.place(&relative)?;
        let file = File::create(&path).map_err(CorpusError::writing(&path))?;
        home.answer.files += 1;
        let layout = match home.rates.odd_file.strike() {
            None => Layout::Compact,
            Some(number) => ODD_LAYOUTS[number % ODD_LAYOUTS.len()],
        };
        Ok(Self {
            relative,
            path,
            out: BufWriter::with_capacity(64 << 10, file),
            kind,
            layout,
            is_empty: true,
        })
    }

    /// Writes a line as a session has it.
    pub(crate) fn write(&mut self, home: &mut Home, line: &Line, as_in: &Identity) -> Result<()> {
        self.write_bytes(home, line, as_in)?;
        let end: &[u8] = match self.layout {
            Layout::CarriageReturns => b"\r\n",
            _ => b"\n",
        };
        self.put(home, end)?;
        match line.fate {
            Fate::Copy => home.answer.lines.add_copy(),
            Fate::Skipped(reason) => home.answer.lines.add_skipped(reason),
        }
        if let Some(message) = &line.message {
            self.count_in_stats(home, message, &as_in.session);
        }
        Ok(())
    }

    /// Writes a line without its end, as if Claude Code were still writing it.
    pub(crate) fn write_unfinished(&mut self, home: &mut Home, line: &Line, as_in: &Identity) -> Result<()> {
        home.answer.unfinished_lines += 1;
        self.write_bytes(home, line, as_in)
    }

    /// Hands everything that was written to the operating system.
    pub(crate) fn flush(&mut self) -> Result<()> {
        self.out.flush().map_err(CorpusError::writing(&self.path))
    }

    fn write_bytes(&mut self, home: &mut Home, line: &Line, as_in: &Identity) -> Result<()> {
        if self.is_empty && self.layout == Layout::ByteOrderMark {
            self.put(home, "\u{feff}".as_bytes())?;
        }
        self.is_empty = false;
        let bytes = line.for_session(&as_in.session, &as_in.members);
        if self.layout == Layout::Spaced && line.is_json {
            self.put(home, &spaced(&bytes))
        } else {
            self.put(home, &bytes)
        }
    }

    fn put(&mut self, home: &mut Home, bytes: &[u8]) -> Result<()> {
        home.answer.bytes += bytes.len() as u64;
        self.out.write_all(bytes).map_err(CorpusError::writing(&self.path))
    }

    fn count_in_stats(&self, home: &mut Home, message: &Message, session: &str) {
        match self.kind {
            TranscriptKind::Session if message.sidechain => {}
            TranscriptKind::Session => home.stats.add_session_message(session, message),
            TranscriptKind::Agent => home.stats.add_agent_message(message),
            TranscriptKind::HiddenAgent => {}
        }
    }
}
