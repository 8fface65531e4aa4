//! Processing of a line of a transcript: the decision to parse it, and the recovery of invalid ones.
//!
//! Most bytes of a transcript are texts and tool results. A line is parsed only if its bytes
//! contain a key that a fact depends on.

use crate::interpret::{
    Findings, PathDefaults, interpret, interpret_user, is_reply, note_lineage, note_refusal_fallback,
    note_worktree,
};
use crate::keys::{FoundKeys, Key, Keys};
use crate::lenient::Text;
use crate::record::{Record, ReplyBlocks, ReplyContent, UserContent};
use crate::session::{SessionLine, note_session};
use ctm_types::{IssueKind, LineCounts, LineIssue, LoggedCopy, SkipReason};
use serde::Deserialize;
use std::borrow::Cow;

/// The result of the lines of a batch.
#[derive(Debug, Default)]
pub(crate) struct Harvest {
    pub(crate) copies: Vec<LoggedCopy>,
    pub(crate) findings: Findings,
    pub(crate) lines: LineCounts,
    pub(crate) tail: LineCounts,
    pub(crate) issues: Vec<LineIssue>,
    /// Facts that the copies hold.
    facts_of_copies: usize,
}

impl Harvest {
    /// Returns how many facts there are.
    fn facts(&self) -> usize {
        let Findings { prompts, tool_errors, searches, refusals, forks, starts, worktrees, sessions, .. } =
            &self.findings;
        let lists = [prompts.len(), tool_errors.len(), searches.len(), self.findings.originals];
        let maps = [refusals.len(), forks.len(), starts.len(), worktrees.len(), sessions.len()];
        self.facts_of_copies + lists.iter().chain(&maps).sum::<usize>()
    }

    fn note(&mut self, kind: IssueKind, offset_bytes: u64) {
        self.lines.add_flaw(kind);
        if self.issues.len() < LineIssue::KEPT {
            self.issues.push(LineIssue { offset_bytes, kind });
        }
    }
}

/// The counts of complete lines, kept aside while an unfinished one is read.
#[derive(Debug)]
pub(crate) struct Apart {
    lines: LineCounts,
    issues: usize,
}

/// Approximate maximum number of facts of a batch. A transcript of short lines has
/// hundreds of thousands of them within [`BATCH_BYTES`](crate::BATCH_BYTES).
const BATCH_FACTS: usize = 4_000;

/// Reads the lines of one transcript.
pub(crate) struct LineReader<'k> {
    place: PathDefaults,
    keys: &'k Keys,
    harvest: Harvest,
}

/// Byte sequences at the beginning of a record, used to find the next record after a broken one on the same
/// line.
pub(crate) const RECORD_STARTS: [&str; 2] = [r#"{"parentUuid""#, r#"{"type""#];

/// Maximum length of a line about a session, a worktree or a refusal, in bytes; it contains names, numbers, some
/// command lines and an explanation.
const MAX_NOTICE: usize = 64 << 10;

/// Maximum length of a line about a hook, in bytes; it contains the output of the hook.
const MAX_HOOK: usize = 4 << 20;

/// Keys of lines about a session.
const SESSION_KEYS: [Key; 7] = [
    Key::TurnDuration,
    Key::StopHooks,
    Key::HookEvent,
    Key::PullRequest,
    Key::CostState,
    Key::CustomTitle,
    Key::AgentName,
];

/// Maximum length of the line by which Claude Code logs that a session is a copy, in bytes; it contains a few
/// ids.
const MAX_LINEAGE: usize = 4 << 10;

/// Budget for repeated reads of a line, as a multiple of its length. Nested records that never
/// end would be read to the end of the line from each beginning.
const MAX_IN_VAIN: usize = 8;

impl<'k> LineReader<'k> {
    pub(crate) fn new(keys: &'k Keys, place: PathDefaults, cwd: Option<String>) -> Self {
        Self {
            place,
            keys,
            harvest: Harvest { findings: Findings { cwd, ..Findings::default() }, ..Harvest::default() },
        }
    }

    pub(crate) fn finish(self) -> Harvest {
        self.harvest
    }

    /// Returns whether the batch is full.
    pub(crate) fn is_full(&self) -> bool {
        self.harvest.facts() >= BATCH_FACTS
    }

    /// Reads a line that begins at `offset_bytes`, without its line feed.
    pub(crate) fn read(&mut self, line: &[u8], offset_bytes: u64) {
        let (skipped, line) = trim(line);
        let offset_bytes = offset_bytes + skipped;
        if line.is_empty() {
            return self.harvest.lines.add_skipped(SkipReason::Blank);
        }
        let whole = line.starts_with(b"{") && line.ends_with(b"}");
        if whole && !self.keys.has_usage(line) {
            let keys = self.keys.on(line);
            self.read_user(line, keys);
            self.read_worktree(line, keys);
            self.read_refusal_fallback(line, keys);
            self.read_session(line, keys, offset_bytes);
            self.read_lineage(line, keys);
            return self.harvest.lines.add_skipped(SkipReason::NoUsage);
        }
        match parse::<ReplyContent<'_>>(line) {
            Some(record) => self.read_record(&record, line, offset_bytes),
            None => self.repair(line, offset_bytes),
        }
    }

    /// Reads a last line without a line feed if it is a whole record, which a partially written one never is.
    /// It is read again later, and is counted separately from complete lines.
    pub(crate) fn read_unfinished(&mut self, line: &[u8], offset_bytes: u64) {
        if parse::<ReplyContent<'_>>(trim(line).1).is_some() {
            let complete = self.set_counts_apart();
            self.read(line, offset_bytes);
            self.count_tail(complete);
        }
    }

    /// Separates the counts of complete lines from those of an unfinished one.
    pub(crate) fn set_counts_apart(&mut self) -> Apart {
        Apart { lines: std::mem::take(&mut self.harvest.lines), issues: self.harvest.issues.len() }
    }

    /// Moves the counts since then to the unfinished line, and restores those of complete lines. Problems of
    /// the line are recorded when it is complete.
    pub(crate) fn count_tail(&mut self, complete: Apart) {
        self.harvest.tail = std::mem::replace(&mut self.harvest.lines, complete.lines);
        self.harvest.issues.truncate(complete.issues);
    }

    fn read_record(&mut self, record: &Record<'_, ReplyContent<'_>>, line: &[u8], offset_bytes: u64) {
        self.count(record, offset_bytes);
        if record.kind.as_ref().and_then(Text::get) == Some("user") {
            self.read_user(line, self.keys.on(line));
        }
    }

    pub(crate) fn count<C: ReplyBlocks>(&mut self, record: &Record<'_, C>, offset_bytes: u64) {
        let outcome = interpret(record, offset_bytes, &self.place, &mut self.harvest.findings);
        for kind in std::mem::take(&mut self.harvest.findings.issues) {
            self.note(kind, offset_bytes);
        }
        match outcome {
            Ok(copy) => {
                self.harvest.lines.add_copy();
                self.harvest.facts_of_copies += copy.facts();
                self.harvest.copies.push(copy);
            }
            Err(reason) => self.skip(reason, offset_bytes),
        }
    }

    /// Counts a skipped line, and notes it as an issue if its reason is a problem.
    pub(crate) fn skip(&mut self, reason: SkipReason, offset_bytes: u64) {
        self.harvest.lines.add_skipped(reason);
        if reason.is_issue() {
            self.note(IssueKind::Skipped(reason), offset_bytes);
        }
    }

    /// Counts a line with a problem, and notes the first ones.
    pub(crate) fn note(&mut self, kind: IssueKind, offset_bytes: u64) {
        self.harvest.note(kind, offset_bytes);
    }

    /// Reads a prompt or failed tool calls from a user's record.
    pub(crate) fn interpret_user(&mut self, record: &Record<'_, UserContent<'_>>) {
        interpret_user(record, &self.place, &mut self.harvest.findings);
    }

    /// Reads prompts, failed tool calls and searches from a user's record, if the line may be one.
    fn read_user(&mut self, line: &[u8], keys: FoundKeys) {
        let may_be_prompt = !keys.any(&[Key::ToolUseId]);
        let has_error = || keys.any(&[Key::IsError]) && self.keys.has_error(line);
        if !(keys.any(&[Key::User]) && (may_be_prompt || keys.any(&[Key::SearchCount]) || has_error())) {
            return;
        }
        if let Some(record) = parse::<UserContent<'_>>(line) {
            self.interpret_user(&record);
        } else if let Some(tidy) = tidied(line) {
            if let Ok(record) = Record::<'_, UserContent<'_>>::deserialize(&tidy) {
                self.interpret_user(&record);
            }
        }
    }

    /// Reads the repository of a worktree, if the line may have it.
    fn read_worktree(&mut self, line: &[u8], keys: FoundKeys) {
        if !keys.any(&[Key::WorktreeSession]) {
            return;
        }
        if let Some(record) = parse_short(line, MAX_NOTICE) {
            note_worktree(&record, &mut self.harvest.findings);
        }
    }

    /// Reads the reason of a refusal before an answer of another model, if the line may have it.
    fn read_refusal_fallback(&mut self, line: &[u8], keys: FoundKeys) {
        if !keys.any(&[Key::RefusalFallback]) {
            return;
        }
        if let Some(record) = parse_short(line, MAX_NOTICE) {
            note_refusal_fallback(&record, &mut self.harvest.findings);
        }
    }

    /// Reads a line about a session, if it may be one.
    fn read_session(&mut self, line: &[u8], keys: FoundKeys, offset_bytes: u64) {
        let most = if keys.any(&[Key::HookEvent]) { MAX_HOOK } else { MAX_NOTICE };
        if line.len() > most || !keys.any(&SESSION_KEYS) {
            return;
        }
        let has_names = self.keys.has_session_names();
        let sessions = &mut self.harvest.findings.sessions;
        let mut note = |line: &SessionLine<'_>| {
            note_session(line, offset_bytes, &self.place, has_names, sessions);
        };
        if let Ok(line) = serde_json::from_slice(line) {
            note(&line);
        } else if let Some(tidy) = tidied(line) {
            if let Ok(line) = SessionLine::deserialize(&tidy) {
                note(&line);
            }
        }
    }

    /// Reads which session is a copy of which, if the line may have it.
    fn read_lineage(&mut self, line: &[u8], keys: FoundKeys) {
        if !keys.any(&[Key::ContinuedIn, Key::ForkContext]) {
            return;
        }
        if let Some(record) = parse_short(line, MAX_LINEAGE) {
            note_lineage(&record, &self.place, &mut self.harvest.findings);
        }
    }

    /// Recovers the usable part of a line that is not a JSON record as a whole.
    fn repair(&mut self, line: &[u8], offset_bytes: u64) {
        if let Some(tidy) = tidied(line) {
            if !tidy.is_object() {
                return self.skip(SkipReason::NotAnObject, offset_bytes);
            }
            if let Ok(record) = Record::<'_, ReplyContent<'_>>::deserialize(&tidy) {
                return self.count(&record, offset_bytes);
            }
        }
        let found = self.records_within(line, offset_bytes);
        if found == 0 {
            return self.skip(SkipReason::Malformed, offset_bytes);
        }
        self.note(IssueKind::Recovered, offset_bytes);
    }

    /// Counts the responses on a line that holds several records, or a broken one and others,
    /// and returns how many there are. Each counts as a line of its own.
    fn records_within(&mut self, line: &[u8], offset_bytes: u64) -> usize {
        let mut found = 0;
        let mut at = 0;
        let mut in_vain = 0;
        let mut starts = Starts::of(line);
        while in_vain <= MAX_IN_VAIN * line.len() {
            let Some(start) = starts.next_from(at) else { break };
            let rest = &line[start..];
            let mut records =
                serde_json::Deserializer::from_slice(rest).into_iter::<Record<'_, ReplyContent<'_>>>();
            match records.next() {
                Some(Ok(record)) if rest.starts_with(b"{") => {
                    let end = start + records.byte_offset();
                    if is_reply(&record) {
                        self.count(&record, offset_bytes + start as u64);
                        found += 1;
                    }
                    self.read_user(&line[start..end], self.keys.on(&line[start..end]));
                    at = end;
                }
                broken => {
                    in_vain += broken.and_then(Result::err).map_or(0, |error| error.column());
                    at = start + 1;
                }
            }
        }
        found
    }
}

/// Possible starts of records on a line: its first byte, and known beginnings.
struct Starts<'a> {
    line: &'a [u8],
    /// The next position of each known beginning, which is searched once.
    next: [Option<usize>; RECORD_STARTS.len()],
}

impl<'a> Starts<'a> {
    fn of(line: &'a [u8]) -> Self {
        Self { line, next: [Some(0); RECORD_STARTS.len()] }
    }

    /// Returns the first one from `at` on; `at` never falls.
    fn next_from(&mut self, at: usize) -> Option<usize> {
        for (next, start) in self.next.iter_mut().zip(RECORD_STARTS).filter(|(next, _)| **next < Some(at)) {
            let rest = next.and_then(|_| self.line.get(at..));
            *next =
                rest.and_then(|rest| memchr::memmem::find(rest, start.as_bytes())).map(|found| at + found);
        }
        self.next.iter().flatten().min().copied()
    }
}

/// Maximum nesting of a line that the fast parser is given: it is recursive, with
/// 20 kB of stack per level in unoptimised builds. The other parser skips without recursion.
const MAX_DEPTH: usize = 64;

/// Parses a line that is one JSON object and nothing else.
fn parse<'a, C: Deserialize<'a> + Default>(line: &'a [u8]) -> Option<Record<'a, C>> {
    // serde reads a struct from a JSON list too, which is never a record.
    if !line.starts_with(b"{") {
        return None;
    }
    if brackets(line) <= MAX_DEPTH || depth(line) <= MAX_DEPTH {
        sonic_rs::from_slice(line).ok()
    } else {
        serde_json::from_slice(line).ok()
    }
}

/// Counts opening brackets, which differ in one bit; in blocks that the compiler vectorises.
fn brackets(line: &[u8]) -> usize {
    let of_chunk = |chunk: &[u8]| chunk.iter().map(|byte| u8::from(byte | 0x20 == b'{')).sum::<u8>();
    line.chunks(128).map(|chunk| usize::from(of_chunk(chunk))).sum()
}

/// Returns the nesting depth of a line of JSON.
fn depth(line: &[u8]) -> usize {
    let (mut depth, mut deepest, mut at) = (0_usize, 0, 0);
    while let Some(byte) = line.get(at) {
        match byte {
            b'"' => at += text_length(&line[at + 1..]),
            b'{' | b'[' => depth += 1,
            b'}' | b']' => depth = depth.saturating_sub(1),
            _ => {}
        }
        deepest = deepest.max(depth);
        at += 1;
    }
    deepest
}

/// Returns the length of a text that begins after its opening quote, including the closing one.
fn text_length(rest: &[u8]) -> usize {
    let mut at = 0;
    while let Some(found) = rest.get(at..).and_then(|rest| memchr::memchr2(b'"', b'\\', rest)) {
        at += found + 1;
        if rest[at - 1] == b'"' {
            return at;
        }
        // An escaped quote does not end the text.
        at += 1;
    }
    rest.len()
}

/// Parses a line of at most `most` bytes.
fn parse_short<'a, T: Deserialize<'a>>(line: &'a [u8], most: usize) -> Option<T> {
    if line.len() > most {
        return None;
    }
    serde_json::from_slice(line).ok()
}

/// Parses a line as any JSON value after repairing its characters: NUL bytes are dropped, invalid
/// UTF-8 and lone surrogate escapes replaced, and the last of repeated keys is kept.
fn tidied(line: &[u8]) -> Option<serde_json::Value> {
    let clean: Vec<u8> = line.iter().copied().filter(|byte| *byte != 0).collect();
    let text = String::from_utf8_lossy(&clean);
    serde_json::from_str(&without_lone_surrogates(text.trim())).ok()
}

/// Replaces unpaired `\ud800` to `\udfff` escapes: legal in JavaScript, but not valid text elsewhere.
fn without_lone_surrogates(text: &str) -> Cow<'_, str> {
    if !text.contains(r"\ud") && !text.contains(r"\uD") {
        return Cow::Borrowed(text);
    }
    let bytes = text.as_bytes();
    let escape = |at: usize| -> Option<u32> {
        let digits = text.get(at + 2..at + 6).filter(|_| bytes[at..].starts_with(br"\u"))?;
        u32::from_str_radix(digits, 16).ok()
    };
    let (mut repaired, mut copied, mut at) = (String::with_capacity(text.len()), 0, 0);
    while let Some(found) = memchr::memchr(b'\\', &bytes[at..]) {
        at += found;
        let (high, low) = (escape(at), bytes.get(at + 6).and_then(|_| escape(at + 6)));
        at += match (high, low) {
            (Some(0xD800..0xDC00), Some(0xDC00..0xE000)) => 12,
            (Some(0xD800..0xE000), _) => {
                repaired.push_str(&text[copied..at]);
                repaired.push_str(r"\ufffd");
                copied = at + 6;
                6
            }
            _ => 2,
        };
        at = at.min(bytes.len());
    }
    repaired.push_str(&text[copied..]);
    Cow::Owned(repaired)
}

/// Removes a byte order mark and white space around the line, and returns the length of the removed prefix.
fn trim(line: &[u8]) -> (u64, &[u8]) {
    let line_start = line.strip_prefix(b"\xEF\xBB\xBF").unwrap_or(line).trim_ascii_start();
    ((line.len() - line_start.len()) as u64, line_start.trim_ascii_end())
}
