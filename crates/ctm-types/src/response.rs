//! A model response, its copies, and the counting rule.
//!
//! Claude Code writes a response several times: one line per content block, each with a full
//! `usage` that may still be growing; the same lines again in the file of a fork; once more in
//! the file of a subagent. [`Response`] is the result of all those copies.
//!
//! # Design
//!
//! A response is folded from its copies by two independent choices, each the extreme of a total
//! order, so that the outcome is the same for any order and any chunking of reads, and absorbing
//! a copy twice changes nothing:
//!
//! - the **consumption** (tokens, model, speed and the other price terms) comes from the copy
//!   with the highest [`LoggedLine::rank`]: a final copy before a growing one, then the larger output,
//!   then a line of a conversation before a progress record that embeds it, then the main
//!   conversation before a sidechain, then the file that is named after the session, then the
//!   smallest path below a home, then the latest line, then the smallest home. It is taken whole, never by the
//!   maximum of each field: a fallback in mid-stream has other cache counts.
//! - **time and attribution** (session, project, branch, agent) come from the copy with the
//!   earliest time, then the smallest path below a home, then the earliest line, then the smallest home.
//!   Where several sessions have the response, each has a [`Claim`], and [`crate::forks`] chooses the owner.
//!
//! Besides both, its [`Details`] are joined over all copies, whether they count or not.

use crate::{Details, EpochMs, TokenCounts, TranscriptPath};
use std::cmp::{Ordering, Reverse};
use std::fmt;
use std::sync::Arc;

/// The identity of a response, equal for all its copies in all files.
///
/// The forms, by the available fields of the line:
///
/// | form | when |
/// |---|---|
/// | `msg_...` | `message.id` was issued by Anthropic: `msg_` and at least 20 characters |
/// | `id:<id>\|<request>` | any other `message.id`, with a `requestId` |
/// | `gw:<session>\|<id>\|<input>\|<cache read>\|<cache write>` | any other `message.id` without `requestId`: gateways repeat ids |
/// | `req:<request>` | no `message.id`, but a `requestId` |
/// | `uuid:<uuid>` | neither, but the line has a `uuid` |
/// | `at:<path below the home>\|<offset>` | none of them: the line itself, and its copies in other homes |
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord, Hash)]
#[cfg_attr(feature = "serde", derive(serde::Serialize, serde::Deserialize))]
pub struct ResponseKey(Arc<str>);

/// The parts of a line that can identify a response.
#[derive(Debug, Clone, Copy, Default)]
pub struct Identity<'a> {
    /// `message.id`.
    pub message_id: Option<&'a str>,
    /// `requestId`.
    pub request_id: Option<&'a str>,
    /// `uuid` of the line.
    pub uuid: Option<&'a str>,
    /// Session of the line.
    pub session: &'a str,
    /// `input_tokens`, `cache_read_input_tokens` and all cache writes.
    pub prompt: [u64; 3],
    /// The file's path below its home and the byte offset of the line.
    pub locus: (&'a str, u64),
}

impl ResponseKey {
    /// Returns the key of the response that a line with this identity logs.
    #[must_use]
    pub fn of(line: &Identity<'_>) -> Self {
        fn present(text: Option<&str>) -> Option<&str> {
            text.filter(|text| !text.is_empty())
        }
        let key = match (present(line.message_id), present(line.request_id), present(line.uuid)) {
            (Some(id), _, _) if id.starts_with("msg_") && id.len() >= 20 => return Self(id.into()),
            (Some(id), Some(request), _) => format!("id:{}|{}", Escaped(id), Escaped(request)),
            (Some(id), None, _) => {
                let [input, read, write] = line.prompt;
                format!("gw:{}|{}|{input}|{read}|{write}", Escaped(line.session), Escaped(id))
            }
            (None, Some(request), _) => format!("req:{request}"),
            (None, None, Some(uuid)) => format!("uuid:{uuid}"),
            (None, None, None) => format!("at:{}|{}", Escaped(line.locus.0), line.locus.1),
        };
        Self(key.into())
    }

    /// Returns the key of a stored text.
    #[must_use]
    pub fn from_stored(key: &str) -> Self {
        Self(key.into())
    }

    /// Returns the key as text.
    #[must_use]
    pub fn as_str(&self) -> &str {
        &self.0
    }

    /// Returns the key as shared text, without copying it.
    #[must_use]
    pub fn shared(&self) -> Arc<str> {
        Arc::clone(&self.0)
    }
}

impl fmt::Display for ResponseKey {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.0)
    }
}

/// Writes a component of a key so that `|` can separate components without ambiguity.
struct Escaped<'a>(&'a str);

impl fmt::Display for Escaped<'_> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        for part in self.0.split_inclusive(['|', '%']) {
            match part.as_bytes().last() {
                Some(b'|') => write!(f, "{}%7C", &part[..part.len() - 1])?,
                Some(b'%') => write!(f, "{}%25", &part[..part.len() - 1])?,
                _ => f.write_str(part)?,
            }
        }
        Ok(())
    }
}

/// Everything except tokens and date that decides the price of a billed part, as written
/// on the line: text in lower case, `None` where the field is absent, null, empty or has
/// the default value.
#[derive(Debug, Clone, Default, PartialEq, Eq, PartialOrd, Ord, Hash)]
#[cfg_attr(feature = "serde", derive(serde::Serialize, serde::Deserialize))]
pub struct Billing {
    /// The model's name, exactly as written (its case is kept); empty when the line has none.
    pub model: String,
    /// `usage.speed`: `fast`, `standard`.
    pub speed: Option<String>,
    /// `usage.service_tier`, such as `batch` or `priority`.
    pub service_tier: Option<String>,
    /// `usage.inference_geo`, such as `us`.
    pub inference_geo: Option<String>,
    /// For an attempt that the model refused before any output: the category of the refusal, or
    /// [`Billing::UNCATEGORISED`]. The price table decides whether it is billed.
    pub refusal: Option<String>,
}

impl Billing {
    /// The category of a refusal without a named one.
    pub const UNCATEGORISED: &str = "uncategorised";
}

/// A billed part of a response: the whole response, or an element of its `usage.iterations`.
#[derive(Debug, Clone, PartialEq, Eq)]
#[cfg_attr(feature = "serde", derive(serde::Serialize, serde::Deserialize))]
pub struct Part {
    /// The billing terms that decide its price; the parts of a transcript mostly share them.
    pub billing: Arc<Billing>,
    /// Its tokens.
    pub tokens: TokenCounts,
    /// Web searches, billed by the request.
    pub web_searches: u64,
    /// `true` if cache writes had no five-minute/one-hour split and were taken as five-minute ones.
    pub ttl_assumed: bool,
}

/// The consumption of a response, as logged by one copy.
#[derive(Debug, Clone, PartialEq, Eq)]
#[cfg_attr(feature = "serde", derive(serde::Serialize, serde::Deserialize))]
pub struct Consumption {
    /// The billed parts, at least one, in the order in which they were logged.
    pub parts: Vec<Part>,
    /// `output_tokens` of the top level, the figure that copies are compared by.
    pub output: u64,
    /// `true` if the copy carries a final marker: `stop_reason`, `usage.iterations` or
    /// `usage.server_tool_use` is not null.
    pub is_final: bool,
}

/// The conversation of a response, and its context.
#[derive(Debug, Clone, Default, PartialEq, Eq, PartialOrd, Ord, Hash)]
#[cfg_attr(feature = "serde", derive(serde::Serialize, serde::Deserialize))]
pub struct Conversation {
    /// Session id.
    pub session: String,
    /// The working directory, or the name of the transcript's folder if no line has one.
    pub folder: String,
    /// Git branch.
    pub branch: Option<String>,
    /// Version of Claude Code.
    pub version: Option<String>,
    /// `true` for the conversation of a subagent, `false` for the main one.
    pub sidechain: bool,
    /// Id of the subagent.
    pub agent: Option<String>,
    /// Entrypoint of Claude Code, such as `cli` or `claude-vscode`.
    pub entrypoint: Option<String>,
    /// Team that the session is a member of.
    pub team: Option<String>,
    /// Name of the session in the team.
    pub teammate: Option<String>,
}

/// Time and place of a response.
#[derive(Debug, Clone, PartialEq, Eq)]
#[cfg_attr(feature = "serde", derive(serde::Serialize, serde::Deserialize))]
pub struct Attribution {
    /// Time of the line, in UTC epoch milliseconds.
    pub at_ms: EpochMs,
    /// The conversation; the lines of a transcript mostly share it.
    pub conversation: Arc<Conversation>,
}

/// Position of a line: a file and the offset of the line's first byte.
///
/// Lines are ordered by the path of their file below its home, then by the offset, then by the home. So the
/// order of a line
/// and its copy in another home does not depend on where either home is mounted.
#[derive(Debug, Clone, PartialEq, Eq, Hash)]
#[cfg_attr(feature = "serde", derive(serde::Serialize, serde::Deserialize))]
pub struct Locus {
    /// The transcript; its lines share it.
    pub file: Arc<TranscriptPath>,
    /// Offset of the line in bytes.
    pub offset_bytes: u64,
}

impl Ord for Locus {
    fn cmp(&self, other: &Self) -> Ordering {
        fn key(of: &Locus) -> (&str, u64, &str) {
            (&of.file.relative, of.offset_bytes, &of.file.home)
        }
        key(self).cmp(&key(other))
    }
}

impl PartialOrd for Locus {
    fn partial_cmp(&self, other: &Self) -> Option<Ordering> {
        Some(self.cmp(other))
    }
}

/// A call of a tool, from a `tool_use` block.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord, Hash)]
#[cfg_attr(feature = "serde", derive(serde::Serialize, serde::Deserialize))]
pub struct ToolCall {
    /// Id of the `tool_use` block.
    pub id: String,
    /// Name of the tool.
    pub name: String,
}

/// The failure of a tool call, from a `tool_result` block with `is_error`.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord, Hash)]
#[cfg_attr(feature = "serde", derive(serde::Serialize, serde::Deserialize))]
pub struct ToolError {
    /// Id of the `tool_use` block that failed.
    pub id: String,
}

/// Number of searches of a tool call outside the response that called it: Claude Code's web search uses a
/// separate request, which the usage of the response does not include.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord, Hash)]
#[cfg_attr(feature = "serde", derive(serde::Serialize, serde::Deserialize))]
pub struct CallSearches {
    /// Id of the `tool_use` block.
    pub id: String,
    /// Searches.
    pub searches: u64,
}

/// A line that logs a response.
#[derive(Debug, Clone, PartialEq, Eq)]
#[cfg_attr(feature = "serde", derive(serde::Serialize, serde::Deserialize))]
pub struct LoggedCopy {
    /// The response.
    pub key: ResponseKey,
    /// Position of the line.
    pub locus: Locus,
    /// The usage that it logs.
    pub snapshot: Consumption,
    /// Its time and place.
    pub attribution: Attribution,
    /// Its details.
    pub details: Details,
    /// `true` if the line is a progress record of the parent's conversation that embeds the copy.
    pub embedded: bool,
    /// `true` if the file is named after the line's session.
    pub in_own_file: bool,
    /// Tool calls in this copy's content; a response's calls are the union over its copies.
    pub tool_calls: Vec<ToolCall>,
    /// The request that the model refused before any output, at first or finally, if it was one: another
    /// line may have the category.
    pub refused_request: Option<String>,
}

/// Sort key that picks the winning copy: the greatest wins.
pub type Rank<'a> = (bool, u64, bool, bool, bool, Reverse<&'a str>, u64, Reverse<&'a str>);

/// The rules that decide which of two copies wins, in the order in which they are applied.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum RankRule {
    /// A final copy before a growing one.
    Final,
    /// The larger output.
    MoreOutput,
    /// A line of a conversation before a progress record that embeds it.
    OwnLine,
    /// The main conversation before a sidechain.
    MainConversation,
    /// The file that is named after the session.
    OwnFile,
    /// The smallest path below a home.
    SmallestPath,
    /// The latest line of the file.
    LatestLine,
    /// The smallest home, of files that are equal otherwise.
    SmallestHome,
}

impl RankRule {
    /// Returns the public name of the rule.
    #[must_use]
    pub fn name(self) -> &'static str {
        match self {
            Self::Final => "final",
            Self::MoreOutput => "more_output",
            Self::OwnLine => "own_line",
            Self::MainConversation => "main_conversation",
            Self::OwnFile => "own_file",
            Self::SmallestPath => "smallest_path",
            Self::LatestLine => "latest_line",
            Self::SmallestHome => "smallest_home",
        }
    }
}

/// The fields that decide a copy's rank, and explain it.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct LoggedLine {
    /// Position of the line.
    pub locus: Locus,
    /// Its time, in UTC epoch milliseconds.
    pub at_ms: EpochMs,
    /// `true` if it carries a final marker.
    pub is_final: bool,
    /// `output_tokens` of the top level.
    pub output: u64,
    /// `true` for a progress record that embeds the copy.
    pub embedded: bool,
    /// `true` for a line on a sidechain.
    pub sidechain: bool,
    /// `true` if its file is named after its session.
    pub in_own_file: bool,
    /// The tokens of all its parts.
    pub tokens: TokenCounts,
}

impl LoggedLine {
    /// Returns the line's sort key, whose maximum is the winning copy.
    #[must_use]
    pub fn rank(&self) -> Rank<'_> {
        (
            self.is_final,
            self.output,
            !self.embedded,
            !self.sidechain,
            self.in_own_file,
            Reverse(&*self.locus.file.relative),
            self.locus.offset_bytes,
            Reverse(&*self.locus.file.home),
        )
    }

    /// Returns the first rule that distinguishes the two lines, which [`LoggedLine::rank`] orders by it.
    #[must_use]
    pub fn deciding_rule(&self, other: &Self) -> RankRule {
        if self.is_final != other.is_final {
            RankRule::Final
        } else if self.output != other.output {
            RankRule::MoreOutput
        } else if self.embedded != other.embedded {
            RankRule::OwnLine
        } else if self.sidechain != other.sidechain {
            RankRule::MainConversation
        } else if self.in_own_file != other.in_own_file {
            RankRule::OwnFile
        } else if self.locus.file.relative != other.locus.file.relative {
            RankRule::SmallestPath
        } else if self.locus.offset_bytes != other.locus.offset_bytes {
            RankRule::LatestLine
        } else {
            RankRule::SmallestHome
        }
    }
}

impl LoggedCopy {
    /// Returns how many facts the line holds: its parts and tool calls, at least one.
    #[must_use]
    pub fn facts(&self) -> usize {
        (self.snapshot.parts.len() + self.tool_calls.len()).max(1)
    }

    /// Returns the line of the copy, without the response.
    #[must_use]
    pub fn line(&self) -> LoggedLine {
        LoggedLine {
            locus: self.locus.clone(),
            at_ms: self.attribution.at_ms,
            is_final: self.snapshot.is_final,
            output: self.snapshot.output,
            embedded: self.embedded,
            sidechain: self.attribution.conversation.sidechain,
            in_own_file: self.in_own_file,
            tokens: self.snapshot.parts.iter().map(|part| part.tokens).sum(),
        }
    }

    /// Returns the response of this single copy.
    #[must_use]
    pub fn into_response(self) -> Response {
        Response {
            winner: self.line(),
            parts: self.snapshot.parts,
            attribution: self.attribution,
            origin: self.locus,
            details: self.details,
        }
    }

    /// Returns the copy's time and place.
    #[must_use]
    pub fn claim(&self) -> Claim {
        Claim { attribution: self.attribution.clone(), origin: self.locus.clone() }
    }

    fn age(&self) -> (EpochMs, &Locus) {
        (self.attribution.at_ms, &self.locus)
    }
}

/// Time and place of a response in a session, from its earliest copy there.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Claim {
    /// Time and conversation.
    pub attribution: Attribution,
    /// Position of the copy.
    pub origin: Locus,
}

impl Claim {
    /// Returns the session.
    #[must_use]
    pub fn session(&self) -> &str {
        &self.attribution.conversation.session
    }

    /// Returns the claim's sort key, whose minimum is the earliest one.
    #[must_use]
    pub fn age(&self) -> (EpochMs, &Locus) {
        (self.attribution.at_ms, &self.origin)
    }
}

/// A response, folded from all the copies seen so far.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Response {
    /// The billed parts of the winning copy, at least one.
    pub parts: Vec<Part>,
    /// The winning copy's line.
    pub winner: LoggedLine,
    /// Time and place: by the earliest copy.
    pub attribution: Attribution,
    /// Position of the earliest copy.
    pub origin: Locus,
    /// Details, joined over its copies.
    pub details: Details,
}

/// Effect of a further copy on a response.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct CopyEffect {
    /// `true` if the response changed.
    pub changed: bool,
    /// The superseded line: that of the copy, or that of the previous winner.
    ///
    /// `None` if the copy already is the winner.
    pub superseded: Option<LoggedLine>,
}

impl Response {
    /// Returns the response of this single copy.
    #[must_use]
    pub fn from_copy(copy: &LoggedCopy) -> Self {
        Self {
            parts: copy.snapshot.parts.clone(),
            winner: copy.line(),
            attribution: copy.attribution.clone(),
            origin: copy.locus.clone(),
            details: copy.details.clone(),
        }
    }

    /// Returns the claim of the session that owns it.
    #[must_use]
    pub fn claim(&self) -> Claim {
        Claim { attribution: self.attribution.clone(), origin: self.origin.clone() }
    }

    /// Returns whether the copy is another line, in another session.
    #[must_use]
    pub fn is_claimed_by(&self, copy: &LoggedCopy) -> bool {
        let [known, claiming] = [&self.attribution, &copy.attribution].map(|of| &of.conversation);
        !Arc::ptr_eq(known, claiming) && known.session != claiming.session && copy.locus != self.origin
    }

    /// Absorbs another copy of the response in the same session.
    pub fn absorb(&mut self, copy: &LoggedCopy) -> CopyEffect {
        let mut absorbed = self.absorb_snapshot(copy);
        let age = copy.age().cmp(&self.age());
        if age.is_lt() || (age.is_eq() && copy.attribution != self.attribution) {
            self.attribution = copy.attribution.clone();
            self.origin = copy.locus.clone();
            absorbed.changed = true;
        }
        absorbed
    }

    /// Absorbs another copy of the response, except its time and place.
    pub fn absorb_snapshot(&mut self, copy: &LoggedCopy) -> CopyEffect {
        let line = copy.line();
        let mut absorbed = CopyEffect { changed: false, superseded: None };
        if line.rank() > self.winner.rank() {
            self.parts = copy.snapshot.parts.clone();
            let before = std::mem::replace(&mut self.winner, line);
            absorbed.changed = true;
            // A line that was read while it was being written is still one line.
            absorbed.superseded = (before.locus != self.winner.locus).then_some(before);
        } else if line.locus != self.winner.locus {
            absorbed.superseded = Some(line);
        } else if line.rank() == self.winner.rank() && copy.snapshot.parts != self.parts {
            // The same line, read again: it replaces what was derived without it.
            self.parts = copy.snapshot.parts.clone();
            self.winner = line;
            absorbed.changed = true;
        }
        absorbed.changed |= self.details.join(&copy.details);
        absorbed
    }

    /// Merges other copies of the same response in the same session.
    pub fn merge(&mut self, other: Self) {
        if other.age() < self.age() {
            self.attribution = other.attribution.clone();
            self.origin = other.origin.clone();
        }
        self.merge_snapshot(other);
    }

    /// Merges other copies of the same response, except their time and place.
    pub fn merge_snapshot(&mut self, other: Self) {
        self.details.join(&other.details);
        if other.winner.rank() > self.winner.rank() {
            self.parts = other.parts;
            self.winner = other.winner;
        }
    }

    fn age(&self) -> (EpochMs, &Locus) {
        (self.attribution.at_ms, &self.origin)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn locus(home: &str, path: &str, offset_bytes: u64) -> Locus {
        let file = TranscriptPath { home: home.into(), relative: path.into() };
        Locus { file: Arc::new(file), offset_bytes }
    }

    #[test]
    fn a_line_that_is_read_again_corrects_what_was_derived_without_it() {
        let part = |model: &str| Part {
            billing: Arc::new(Billing { model: model.to_owned(), ..Billing::default() }),
            tokens: TokenCounts { output: 5, ..TokenCounts::default() },
            web_searches: 0,
            ttl_assumed: false,
        };
        let copy = LoggedCopy {
            key: ResponseKey::from_stored("a"),
            locus: locus("/h", "s.jsonl", 10),
            snapshot: Consumption { parts: vec![part("m")], output: 5, is_final: true },
            attribution: Attribution { at_ms: EpochMs(7), conversation: Arc::default() },
            details: Details::default(),
            embedded: false,
            in_own_file: true,
            tool_calls: Vec::new(),
            refused_request: None,
        };
        let mut response = Response::from_copy(&copy);
        let unchanged = CopyEffect { changed: false, superseded: None };
        assert_eq!(response.absorb(&copy), unchanged);
        response.parts = vec![part("another")];
        Arc::make_mut(&mut response.attribution.conversation).folder = "elsewhere".to_owned();
        assert_eq!(response.absorb(&copy), CopyEffect { changed: true, superseded: None });
        assert_eq!(response, Response::from_copy(&copy));
        assert_eq!(response.absorb(&copy), unchanged);
    }

    /// Lines with equal ranks in files of two homes, with other figures in each.
    fn copies(homes: [&str; 2]) -> Vec<LoggedCopy> {
        let mut copies = Vec::new();
        for (number, (home, path, offset_bytes)) in [
            (0, "projects/-p/b.jsonl", 10),
            (1, "projects/-p/a.jsonl", 10),
            (1, "projects/-p/b.jsonl", 10),
            (0, "projects/-p/a.jsonl", 30),
            (1, "projects/-p/a.jsonl", 20),
        ]
        .into_iter()
        .enumerate()
        {
            let tokens = TokenCounts { input: number as u64, output: 5, ..TokenCounts::default() };
            let part = Part { billing: Arc::default(), tokens, web_searches: 0, ttl_assumed: false };
            copies.push(LoggedCopy {
                key: ResponseKey::from_stored("a"),
                locus: locus(homes[home], path, offset_bytes),
                snapshot: Consumption { parts: vec![part], output: 5, is_final: true },
                attribution: Attribution { at_ms: EpochMs(7), conversation: Arc::default() },
                details: Details::default(),
                embedded: false,
                in_own_file: true,
                tool_calls: Vec::new(),
                refused_request: None,
            });
        }
        copies
    }

    #[test]
    fn the_winning_copy_is_independent_of_mount_points_and_order() {
        let lines = |response: &Response| {
            let place = |locus: &Locus| (locus.file.relative.to_string(), locus.offset_bytes);
            (response.parts[0].tokens, place(&response.winner.locus), place(&response.origin))
        };
        let mut found = Vec::new();
        for homes in [["/a/.claude", "/b/.claude"], ["/z/.claude", "/b/.claude"], ["/data", "/data-2"]] {
            let copies = copies(homes);
            for first in 0..copies.len() {
                for step in [1, 2, 3, 4] {
                    let order = (0..copies.len()).map(|at| &copies[(first + at * step) % copies.len()]);
                    let mut order = order.collect::<Vec<_>>().into_iter();
                    let mut response = Response::from_copy(order.next().unwrap());
                    order.for_each(|copy| drop(response.absorb(copy)));
                    found.push(lines(&response));
                }
            }
        }
        let path = || "projects/-p/a.jsonl".to_owned();
        let tokens = TokenCounts { input: 3, output: 5, ..TokenCounts::default() };
        assert!(found.iter().all(|found| *found == (tokens, (path(), 30), (path(), 10))), "{found:?}");
    }

    #[test]
    fn of_the_same_line_in_two_homes_one_counts_in_any_order() {
        let copies = copies(["/a", "/b"]);
        let [one, other] = [&copies[0], &copies[2]];
        for [first, second] in [[one, other], [other, one]] {
            let mut response = Response::from_copy(first);
            response.absorb(second);
            assert_eq!((&*response.winner.locus.file.home, &*response.origin.file.home), ("/a", "/a"));
            assert_eq!(one.line().deciding_rule(&other.line()), RankRule::SmallestHome);
        }
    }

    #[test]
    fn the_deciding_rule_is_the_first_that_separates_two_lines() {
        let line = |[is_final, embedded, sidechain, in_own_file]: [bool; 4],
                    output,
                    (home, path): (&str, &str),
                    offset_bytes| LoggedLine {
            locus: locus(home, path, offset_bytes),
            at_ms: EpochMs(0),
            is_final,
            output,
            embedded,
            sidechain,
            in_own_file,
            tokens: TokenCounts::default(),
        };
        // Each but the last wins by the rule next to it over all that follow, however they differ in
        // later rules.
        let ranked = [
            (RankRule::Final, line([true, true, true, false], 1, ("/h", "z"), 1)),
            (RankRule::MoreOutput, line([false, true, true, false], 9, ("/h", "z"), 1)),
            (RankRule::OwnLine, line([false, false, true, false], 5, ("/h", "z"), 1)),
            (RankRule::MainConversation, line([false, true, false, false], 5, ("/h", "z"), 1)),
            (RankRule::OwnFile, line([false, true, true, true], 5, ("/h", "z"), 1)),
            (RankRule::SmallestPath, line([false, true, true, false], 5, ("/z", "a"), 1)),
            (RankRule::LatestLine, line([false, true, true, false], 5, ("/h", "b"), 9)),
            (RankRule::SmallestHome, line([false, true, true, false], 5, ("/g", "b"), 3)),
            (RankRule::SmallestHome, line([false, true, true, false], 5, ("/h", "b"), 3)),
        ];
        for (at, (rule, winner)) in ranked.iter().enumerate() {
            for (_, other) in &ranked[at + 1..] {
                assert!(winner.rank() > other.rank(), "{winner:?} {other:?}");
                assert_eq!(winner.deciding_rule(other), *rule, "{winner:?} {other:?}");
                assert_eq!(other.deciding_rule(winner), *rule);
            }
        }
    }
}
