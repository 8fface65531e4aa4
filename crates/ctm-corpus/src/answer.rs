//! The exact answer of a home: what a reader has to count in it.

use crate::own_totals::OwnTotals;
use crate::response::Response;
use crate::telemetry::Report;
use ctm_types::{Billing, LineCounts, ResponseKey, SkipReason, TokenCounts};
use serde_json::{Map, Value, json};
use std::collections::BTreeMap;
use std::ops::AddAssign;

/// The usage of some responses.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub struct ExpectedUsage {
    /// Tokens of all billed parts.
    pub tokens: TokenCounts,
    /// Responses; in an answer by model, those whose first billed part is the model's.
    pub responses: u64,
    /// Responses of which no copy is final, so that their output is a placeholder.
    pub unfinalised: u64,
    /// Web searches; in an answer by model, they are the first billed part's.
    pub web_searches: u64,
}

impl AddAssign for ExpectedUsage {
    fn add_assign(&mut self, other: Self) {
        self.tokens += other.tokens;
        self.responses += other.responses;
        self.unfinalised += other.unfinalised;
        self.web_searches += other.web_searches;
    }
}

impl ExpectedUsage {
    fn to_json(self) -> Value {
        json!({
            "input": self.tokens.input,
            "output": self.tokens.output,
            "cache_read": self.tokens.cache_read,
            "write_5m": self.tokens.cache_write_5m,
            "write_1h": self.tokens.cache_write_1h,
            "responses": self.responses,
            "unfinalised": self.unfinalised,
            "web_searches": self.web_searches,
        })
    }
}

/// The exact content of a home.
///
/// The sums over days, models, sessions and projects each equal the totals. Costs are left out:
/// they follow from the tokens of a model on a day.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Answer {
    /// Everything.
    pub totals: ExpectedUsage,
    /// By the UTC day (`YYYY-MM-DD`) of a response's earliest copy.
    pub by_day_utc: BTreeMap<String, ExpectedUsage>,
    /// By model, as named on the lines.
    pub by_model: BTreeMap<String, ExpectedUsage>,
    /// By session. Responses that a fork shares with its original belong to the original.
    pub by_session: BTreeMap<String, ExpectedUsage>,
    /// By project: the working directory that the session was started in, and the repository of a worktree.
    pub by_project: BTreeMap<String, ExpectedUsage>,
    /// Responses that models refused before any output and that are not billed, and the tokens of these and of
    /// refused attempts before a fallback. They are nowhere else but in the lines.
    pub unbilled: ExpectedUsage,
    /// Tool calls of responses, by the tool's name.
    pub tool_calls: BTreeMap<String, u64>,
    /// Transcripts, without the `journal.jsonl` of workflows.
    pub files: u64,
    /// Bytes of the transcripts.
    pub bytes: u64,
    /// Lines of the transcripts that end with a newline, and their expected classification. A line
    /// from which a response can be saved, whatever else is on it, counts as its copy.
    pub lines: LineCounts,
    /// Last lines that end in the middle, which are still being written: they count nowhere else.
    pub unfinished_lines: u64,
}

/// A response: which one it is, and whose.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Listed {
    /// Its key.
    pub key: ResponseKey,
    /// Its session.
    pub session: String,
    /// The project of that session.
    pub project: String,
    /// Time of its earliest copy, in UTC epoch milliseconds.
    pub at_ms: i64,
    /// Its billed usage; no response if none of it is billed.
    pub tally: ExpectedUsage,
    /// Its billed parts: the terms that its lines log, and tokens. The web searches are the first one's.
    pub parts: Vec<(Billing, TokenCounts)>,
}

impl Listed {
    pub(crate) fn of(key: ResponseKey, at_ms: i64, entry: &Entry<'_>, response: &Response) -> Self {
        let (session, project) = (entry.session.to_owned(), entry.project.to_owned());
        let parts = entry.parts.iter().map(|(model, tokens)| (response.billing(model), *tokens)).collect();
        let mut tally = ExpectedUsage::default();
        entry.tallies().for_each(|(_, part)| tally += part);
        Self { key, session, project, at_ms, tally, parts }
    }
}

/// A home that was written.
pub(crate) struct Written {
    /// What is in it.
    pub(crate) answer: Answer,
    /// Its responses, if they are listed.
    pub(crate) list: Vec<Listed>,
    /// Their telemetry, if it is wanted.
    pub(crate) reports: Vec<Report>,
    /// Claude Code's own totals in it.
    pub(crate) own_totals: OwnTotals,
}

/// A response that is about to be booked.
pub(crate) struct Entry<'a> {
    /// UTC day of its earliest copy.
    pub(crate) day: &'a str,
    /// Its session.
    pub(crate) session: &'a str,
    /// Working directory of its earliest copy.
    pub(crate) project: &'a str,
    /// Its billed parts: model and tokens.
    pub(crate) parts: &'a [(&'static str, TokenCounts)],
    /// The tokens of parts that are not billed.
    pub(crate) unbilled: TokenCounts,
    /// Its web searches.
    pub(crate) web_searches: u64,
    /// `true` if one of its copies is final.
    pub(crate) is_final: bool,
}

impl Entry<'_> {
    /// Returns what each billed part adds, with its model.
    fn tallies(&self) -> impl Iterator<Item = (&'static str, ExpectedUsage)> {
        self.parts.iter().enumerate().map(|(index, (model, tokens))| {
            let first = index == 0;
            let tally = ExpectedUsage {
                tokens: *tokens,
                responses: u64::from(first),
                unfinalised: u64::from(first && !self.is_final),
                web_searches: if first { self.web_searches } else { 0 },
            };
            (*model, tally)
        })
    }
}

impl Answer {
    /// Books a response.
    pub(crate) fn book(&mut self, entry: &Entry<'_>) {
        self.unbilled.tokens += entry.unbilled;
        self.unbilled.responses += u64::from(entry.parts.is_empty());
        for (model, tally) in entry.tallies() {
            self.totals += tally;
            add(&mut self.by_day_utc, entry.day, tally);
            add(&mut self.by_model, model, tally);
            add(&mut self.by_session, entry.session, tally);
            add(&mut self.by_project, entry.project, tally);
        }
    }

    /// Books a call of a tool.
    pub(crate) fn book_tool_call(&mut self, tool: &str) {
        *self.tool_calls.entry(tool.to_owned()).or_default() += 1;
    }

    /// Returns the answer as JSON, tokens named as Anthropic's price list has them.
    #[must_use]
    pub fn to_json(&self) -> Value {
        let skipped = SkipReason::ALL
            .into_iter()
            .map(|reason| (reason.name().to_owned(), self.lines.skipped(reason).into()));
        json!({
            "totals": self.totals.to_json(),
            "by_day_utc": object(&self.by_day_utc),
            "by_model": object(&self.by_model),
            "by_session": object(&self.by_session),
            "by_project": object(&self.by_project),
            "unbilled": self.unbilled.to_json(),
            "tool_calls": self.tool_calls,
            "files": self.files,
            "bytes": self.bytes,
            "lines": self.lines.read,
            "copies": self.lines.copies,
            "skipped": skipped.collect::<Map<_, _>>(),
            "unfinished_lines": self.unfinished_lines,
        })
    }
}

fn add(map: &mut BTreeMap<String, ExpectedUsage>, key: &str, tally: ExpectedUsage) {
    match map.get_mut(key) {
        Some(sum) => *sum += tally,
        None => {
            map.insert(key.to_owned(), tally);
        }
    }
}

fn object(map: &BTreeMap<String, ExpectedUsage>) -> Value {
    map.iter().map(|(key, tally)| (key.clone(), tally.to_json())).collect::<Map<_, _>>().into()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn parts_count_by_their_own_model_and_the_response_by_its_first() {
        let tokens = TokenCounts { output: 10, ..TokenCounts::default() };
        let mut answer = Answer::default();
        answer.book(&Entry {
            day: "2026-03-01",
            session: "s",
            project: "/p",
            parts: &[("a", tokens), ("b", tokens)],
            unbilled: TokenCounts::default(),
            web_searches: 2,
            is_final: false,
        });
        let check = |model: &str, expected: (u64, u64, u64, u64)| {
            let tally = answer.by_model[model];
            assert_eq!(
                (tally.tokens.output, tally.responses, tally.unfinalised, tally.web_searches),
                expected
            );
        };
        check("a", (10, 1, 1, 2));
        check("b", (10, 0, 0, 0));
        assert_eq!(answer.totals, answer.by_session["s"]);
        assert_eq!(answer.to_json()["totals"]["output"], 20);
    }
}
