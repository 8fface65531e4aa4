//! Reading the next stretch of a transcript.
//!
//! # Design
//!
//! A transcript is mostly appended to, so reading resumes at the checkpoint, which always follows a line
//! feed. The checkpoint contains hashes of the bytes before it. If they no longer match, or if the file is
//! shorter, is a different one at the same path, or was modified without growing, everything is read again
//! from the first byte. Keys of facts make that safe.
//!
//! Bytes are read into one growing buffer rather than mapped: a transcript may be truncated at
//! any moment, and access to a page that is gone ends the process. Reading stops at the size that the
//! file had when it was opened: a system file without an end has none.

use crate::discover::{identity, modified_ns};
use crate::interpret::PathDefaults;
use crate::keys::Keys;
use crate::line::LineReader;
use crate::long_line::LongLine;
use crate::regular::{open_regular, read_regular};
use crate::{ReadError, TranscriptFile};
use ctm_types::{Agent, Batch, Checkpoint, Start};
use serde::Deserialize;
use std::fs::File;
use std::io::{self, Read, Seek, SeekFrom};
use std::iter::FusedIterator;
use std::ops::Range;
use std::path::Path;
use xxhash_rust::xxh3::xxh3_64;

/// A limit for [`Reader::read`] that keeps a batch within some megabytes: 32 MiB of transcript.
pub const BATCH_BYTES: u64 = 32 << 20;

/// Bytes per read.
const CHUNK: usize = 256 << 10;

/// The longest line that is held in memory; a longer one is parsed while it is read.
const MAX_LINE: usize = 8 << 20;

/// Bytes at the beginning, and before the checkpoint, that identify a file.
const GUARD: u64 = 1024;

/// Reads transcripts, one after the other. It is stateless: only the
/// buffer is kept, which saves allocating it for every file.
#[derive(Debug, Default)]
pub struct Reader {
    keys: Keys,
    buffer: Vec<u8>,
}

impl Reader {
    /// Creates a reader without a buffer yet.
    #[must_use]
    pub fn new() -> Self {
        Self::default()
    }

    /// Creates a reader that also reads session names, if requested. These are texts of users and models.
    #[must_use]
    pub fn with_session_names(are_wanted: bool) -> Self {
        Self { keys: Keys::with_session_names(are_wanted), buffer: Vec::new() }
    }

    /// Reads a transcript from `checkpoint` on, or from its first byte, until its last complete line, the
    /// first line end after `limit_bytes`, or the line that completes some thousand facts, whichever comes
    /// first.
    ///
    /// A last line without a line feed is still being written: it is read again next time. If it is already
    /// a whole record, its facts are in the batch too.
    ///
    /// # Errors
    ///
    /// Fails when the file cannot be opened or read.
    pub fn read(
        &mut self,
        file: &TranscriptFile,
        checkpoint: Option<&Checkpoint>,
        limit_bytes: u64,
    ) -> Result<Batch, ReadError> {
        let Self { keys, buffer } = self;
        read_open(keys, buffer, file, checkpoint, limit_bytes)
            .map_err(|source| ReadError::Io { path: file.absolute(), source })
    }

    /// Reads a transcript from `checkpoint` on, or from its first byte, until its last complete line, in batches of
    /// some megabytes. The last one has the checkpoint for the next time, and there is always one.
    pub fn batches<'a>(
        &'a mut self,
        file: &'a TranscriptFile,
        checkpoint: Option<Checkpoint>,
    ) -> Batches<'a> {
        Batches { reader: self, file, checkpoint, is_done: false }
    }
}

/// The batches of a transcript, as [`Reader::batches`] reads them. It ends after the first error.
#[derive(Debug)]
pub struct Batches<'a> {
    reader: &'a mut Reader,
    file: &'a TranscriptFile,
    checkpoint: Option<Checkpoint>,
    is_done: bool,
}

impl Iterator for Batches<'_> {
    type Item = Result<Batch, ReadError>;

    fn next(&mut self) -> Option<Self::Item> {
        if self.is_done {
            return None;
        }
        let batch = self.reader.read(self.file, self.checkpoint.as_ref(), BATCH_BYTES);
        self.checkpoint = batch.as_ref().ok().map(|batch| batch.next.clone());
        self.is_done = batch.as_ref().map_or(true, |batch| batch.at_end);
        Some(batch)
    }
}

impl FusedIterator for Batches<'_> {}

fn read_open(
    keys: &Keys,
    buffer: &mut Vec<u8>,
    file: &TranscriptFile,
    checkpoint: Option<&Checkpoint>,
    limit_bytes: u64,
) -> io::Result<Batch> {
    let (mut source, metadata) = open_regular(&file.absolute())?;
    let mut next = Checkpoint {
        identity: identity(&metadata),
        size_bytes: metadata.len(),
        modified_ns: modified_ns(&metadata),
        offset_bytes: 0,
        head_hash: 0,
        tail_hash: 0,
        cwd: None,
    };
    let resumed = match checkpoint {
        Some(checkpoint) if continues(&mut source, checkpoint, &next)? => Some(checkpoint),
        _ => None,
    };
    let begin = resumed.map_or(0, |checkpoint| checkpoint.offset_bytes);
    let cwd = resumed.and_then(|checkpoint| checkpoint.cwd.clone());

    let place = PathDefaults::of(&file.path);
    let agent = place.agent.clone().map(|id| Agent { id, kind: file.meta().as_deref().and_then(agent_kind) });
    let mut lines = LineReader::new(keys, place, cwd);
    let (offset_bytes, at_end) =
        read_lines(&mut source, buffer, begin..next.size_bytes, limit_bytes, &mut lines)?;
    let harvest = lines.finish();

    next.offset_bytes = offset_bytes;
    if !at_end {
        next.size_bytes = 0;
    }
    (next.head_hash, next.tail_hash) = guards(&mut source, offset_bytes)?;
    next.cwd = harvest.findings.cwd;
    Ok(Batch {
        file: file.path.clone(),
        start: resumed.map_or(Start::Beginning, |checkpoint| Start::Checkpoint(checkpoint.offset_bytes)),
        next,
        at_end,
        copies: harvest.copies,
        prompts: harvest.findings.prompts,
        tool_errors: harvest.findings.tool_errors,
        searches: harvest.findings.searches,
        refusals: harvest.findings.refusals,
        agent,
        forks: harvest.findings.forks,
        starts: harvest.findings.starts.into_values().collect(),
        worktrees: harvest.findings.worktrees,
        sessions: harvest.findings.sessions,
        lines: harvest.lines,
        tail: harvest.tail,
        issues: harvest.issues,
    })
}

/// Returns whether the file continues the one that was read up to `checkpoint`.
fn continues(source: &mut File, checkpoint: &Checkpoint, now: &Checkpoint) -> io::Result<bool> {
    let replaced = checkpoint.identity != now.identity || now.size_bytes < checkpoint.offset_bytes;
    let rewritten = checkpoint.modified_ns != now.modified_ns && now.size_bytes <= checkpoint.size_bytes;
    if replaced || rewritten {
        return Ok(false);
    }
    Ok(guards(source, checkpoint.offset_bytes)? == (checkpoint.head_hash, checkpoint.tail_hash))
}

/// Returns the hashes of the first and of the last bytes before `offset_bytes`.
fn guards(source: &mut File, offset_bytes: u64) -> io::Result<(u64, u64)> {
    let length = offset_bytes.min(GUARD);
    let mut hash = |from: u64| {
        let mut bytes = Vec::with_capacity(GUARD as usize);
        source.seek(SeekFrom::Start(from))?;
        source.take(length).read_to_end(&mut bytes)?;
        io::Result::Ok(xxh3_64(&bytes))
    };
    Ok((hash(0)?, hash(offset_bytes - length)?))
}

/// Reads the lines within `span`. Returns the offset after the last complete line that was read,
/// and whether that is the last one.
fn read_lines(
    source: &mut File,
    buffer: &mut Vec<u8>,
    span: Range<u64>,
    limit_bytes: u64,
    lines: &mut LineReader<'_>,
) -> io::Result<(u64, bool)> {
    let Range { start: begin, end } = span;
    source.seek(SeekFrom::Start(begin))?;
    // The memory of a long line is not kept permanently.
    buffer.truncate(2 * CHUNK);
    buffer.shrink_to(2 * CHUNK);
    let mut offset = begin;
    // Bytes at the buffer's beginning that are known to hold no line feed.
    let mut held = 0;
    loop {
        if buffer.len() < held + CHUNK {
            // Not twice as much for a line that may be long already.
            buffer.reserve_exact(held + CHUNK - buffer.len());
            buffer.resize(held + CHUNK, 0);
        }
        let left = end.saturating_sub(offset + held as u64);
        let filled = held + read_some(source, &mut buffer[held..held + CHUNK], left)?;
        if filled == held {
            lines.read_unfinished(&buffer[..held], offset);
            return Ok((offset, true));
        }
        let mut done = 0;
        for end in memchr::memchr_iter(b'\n', &buffer[held..filled]).map(|at| held + at) {
            lines.read(&buffer[done..end], offset + done as u64);
            done = end + 1;
            if offset + done as u64 - begin >= limit_bytes || lines.is_full() {
                return Ok((offset + done as u64, false));
            }
        }
        buffer.copy_within(done..filled, 0);
        held = filled - done;
        offset += done as u64;
        if held > MAX_LINE {
            let scanned = offset + held as u64;
            held = 0;
            let (line_end, is_complete) = line_end(source, scanned..end)?;
            let line = LongLine::new(source, offset..line_end);
            if !is_complete {
                lines.read_long_unfinished(line)?;
                return Ok((offset, true));
            }
            lines.read_long(line)?;
            offset = line_end + 1;
            if offset - begin >= limit_bytes || lines.is_full() {
                return Ok((offset, false));
            }
            source.seek(SeekFrom::Start(offset))?;
        }
    }
}

/// Reads as much as the system provides at once, at most `left` bytes; 0 bytes are the end.
fn read_some(source: &mut File, buffer: &mut [u8], left: u64) -> io::Result<usize> {
    let wanted = buffer.len().min(usize::try_from(left).unwrap_or(usize::MAX));
    if wanted == 0 {
        return Ok(0);
    }
    loop {
        match source.read(&mut buffer[..wanted]) {
            Err(error) if error.kind() == io::ErrorKind::Interrupted => {}
            result => return result,
        }
    }
}

/// Returns the offset of the first line feed within `span`, or of its end, and which of them it is.
fn line_end(source: &mut File, span: Range<u64>) -> io::Result<(u64, bool)> {
    let Range { start: mut offset, end } = span;
    let mut chunk = vec![0; CHUNK];
    source.seek(SeekFrom::Start(offset))?;
    loop {
        let length = read_some(source, &mut chunk, end.saturating_sub(offset))?;
        if length == 0 {
            return Ok((offset, false));
        }
        if let Some(at) = memchr::memchr(b'\n', &chunk[..length]) {
            return Ok((offset + at as u64, true));
        }
        offset += length as u64;
    }
}

/// The one field of a subagent's `.meta.json` that is kept.
#[derive(Deserialize)]
struct Meta {
    #[serde(rename = "agentType")]
    agent_type: Option<String>,
}

/// The longest `.meta.json` that is read, in bytes.
const MAX_META_BYTES: u64 = 1 << 20;

/// Name of a subagent whose file names no type.
const UNKNOWN_KIND: &str = "unknown";

/// Returns the subagent's type; `None` if its file is missing or incomplete.
fn agent_kind(meta: &Path) -> Option<String> {
    let text = read_regular(meta, MAX_META_BYTES).ok()?;
    let meta: Meta = serde_json::from_slice(&text).ok()?;
    let kind = meta.agent_type.filter(|kind| !kind.is_empty() && kind.len() <= 200);
    Some(kind.unwrap_or_else(|| UNKNOWN_KIND.to_owned()))
}
