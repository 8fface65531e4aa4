//! The home that is being written, and all that its parts share.

use crate::answer::{Answer, Listed, Written};
use crate::eras::{self, Era};
use crate::error::{CorpusError, Result};
use crate::own_totals::OwnCounts;
use crate::plan::{Plan, Style};
use crate::prose::Prose;
use crate::quota::Quota;
use crate::random::Random;
use crate::stats_cache::StatsCache;
use crate::telemetry::Report;
use crate::voice::Gateway;
use crate::world::{self, Project};
use std::fs;
use std::ops::RangeInclusive;
use std::path::{Path, PathBuf};

/// Frequencies and sizes of a style.
#[derive(Debug)]
pub(crate) struct Rates {
    /// Versions of Claude Code.
    pub(crate) eras: &'static [Era],
    /// By how many bytes a conversation may exceed what is due on its day, from small homes to
    /// large ones: little makes the days even, much makes the conversations long.
    pub(crate) ahead_bytes: RangeInclusive<u64>,
    /// Length of a conversation in turns: usual ones, longer ones, the longest.
    pub(crate) turns: [RangeInclusive<u64>; 3],
    /// Responses of a turn.
    pub(crate) responses: RangeInclusive<u64>,
    /// Percent of the responses that think aloud.
    pub(crate) thinking_percent: u64,
    /// Frequencies of responses with no, one, two and three tool calls, unless it is the last of its turn.
    pub(crate) calls: [u64; 4],
    /// Composition of responses.
    pub(crate) words: Words,
    /// Length of a tool's result in bytes: usual ones, larger ones, the largest.
    pub(crate) results: [RangeInclusive<u64>; 3],
    /// Results that are images.
    pub(crate) image: Quota,
    /// Length of an image in bytes of base64.
    pub(crate) image_len: RangeInclusive<u64>,
    /// Responses that start subagents.
    pub(crate) delegation: Quota,
    /// Of the subagents with a place below their session's, those that run in parallel.
    pub(crate) workflow: Quota,
    /// Responses that are asked about by the way.
    pub(crate) side_question: Quota,
    /// Responses after which a request fails.
    pub(crate) failure: Quota,
    /// Responses after which the conversation is compacted by hand, whatever its length.
    pub(crate) compaction: Quota,
    /// Responses that a damaged line follows.
    pub(crate) damage: Quota,
    /// Responses with usage that is out of the ordinary.
    pub(crate) oddity: Quota,
    /// Transcripts that are spaced, have Windows line ends, or the like.
    pub(crate) odd_file: Quota,
    /// Conversations with a session other than that of their file name.
    pub(crate) odd_session: Quota,
    /// Conversations that go through a gateway.
    pub(crate) diversion: Quota,
    /// The gateways in use.
    pub(crate) gateways: &'static [Gateway],
    /// Conversations that are forked.
    pub(crate) fork: Quota,
    /// Turns that begin in a worktree.
    pub(crate) worktree: Quota,
    /// Conversations that begin in a worktree.
    pub(crate) worktree_start: Quota,
    /// Responses that search the web by a tool.
    pub(crate) search: Quota,
    /// Responses that a refused request follows.
    pub(crate) refusal: Quota,
    /// Conversations whose last line is unfinished.
    pub(crate) unfinished: Quota,
}

/// Length in bytes of what a response is made of.
#[derive(Debug)]
pub(crate) struct Words {
    /// A thought.
    pub(crate) thinking: RangeInclusive<u64>,
    /// The signature of a thought.
    pub(crate) signature: RangeInclusive<u64>,
    /// A text.
    pub(crate) text: RangeInclusive<u64>,
    /// The longest text in the input of a tool.
    pub(crate) longest_input: u64,
}

/// Gateways, with models without a price.
const GATEWAYS: &[Gateway] = &[
    Gateway { id: "ocgo", model: "glm-5", has_request_ids: false, cache_counts: "" },
    Gateway {
        id: "msg_mock_001",
        model: "house-coder-2",
        has_request_ids: true,
        cache_counts: r#""cache_creation_input_tokens":0,"cache_read_input_tokens":null"#,
    },
];

const DEMO: Rates = Rates {
    eras: eras::CURRENT,
    ahead_bytes: 30_000..=30_000,
    turns: [1..=10, 1..=10, 1..=60],
    responses: 1..=11,
    thinking_percent: 45,
    calls: [0, 78, 17, 5],
    words: Words { thinking: 60..=1_200, signature: 200..=500, text: 20..=1_500, longest_input: 2_000 },
    results: [30..=250, 150..=900, 900..=4_000],
    image: Quota::one_in(1_500),
    image_len: 4_000..=10_000,
    delegation: Quota::one_in(18),
    workflow: Quota::one_in(10),
    side_question: Quota::one_in(40),
    failure: Quota::one_in(100),
    compaction: Quota::one_in(100),
    damage: Quota::one_in(350),
    oddity: Quota::one_in(60),
    odd_file: Quota::one_in(100),
    odd_session: Quota::NEVER,
    diversion: Quota::one_in(33),
    gateways: GATEWAYS.split_at(1).0,
    fork: Quota::one_in(20),
    worktree: Quota::one_in(900),
    worktree_start: Quota::one_in(40),
    search: Quota::one_in(60),
    refusal: Quota::one_in(400),
    unfinished: Quota::one_in(100),
};

const ORDINARY: Rates = Rates {
    damage: Quota::NEVER,
    oddity: Quota::NEVER,
    odd_file: Quota::NEVER,
    diversion: Quota::NEVER,
    refusal: Quota::NEVER,
    unfinished: Quota::NEVER,
    ..DEMO
};

/// Most bytes are results of tools, most files are short, and most responses are in the few
/// conversations that continue for days.
const STRESS: Rates = Rates {
    eras: eras::ALL,
    ahead_bytes: 200_000..=40_000_000,
    turns: [1..=36, 20..=160, 250..=800],
    responses: 1..=11,
    thinking_percent: 50,
    calls: [0, 75, 18, 7],
    words: Words { thinking: 100..=5_000, signature: 300..=1_400, text: 20..=3_000, longest_input: 2_000 },
    results: [60..=2_700, 2_000..=15_000, 15_000..=64_000],
    image: Quota::one_in(100),
    image_len: 60_000..=300_000,
    delegation: Quota::one_in(46),
    workflow: Quota::one_in(8),
    side_question: Quota::one_in(200),
    failure: Quota::one_in(100),
    compaction: Quota::one_in(100),
    damage: Quota::one_in(35),
    oddity: Quota::one_in(20),
    odd_file: Quota::one_in(8),
    odd_session: Quota::one_in(33),
    diversion: Quota::one_in(16),
    gateways: GATEWAYS,
    fork: Quota::one_in(8),
    worktree: Quota::one_in(60),
    worktree_start: Quota::one_in(12),
    search: Quota::one_in(40),
    refusal: Quota::one_in(50),
    unfinished: Quota::one_in(20),
};

/// Responses and little else, each a short line or two; most follow one another without a tool's
/// result between them.
const LEAN: Rates = Rates {
    eras: eras::BRIEF,
    ahead_bytes: 300_000..=300_000,
    turns: [1..=12, 4..=24, 8..=60],
    responses: 4..=40,
    thinking_percent: 0,
    calls: [91, 9, 0, 0],
    words: Words { thinking: 0..=0, signature: 0..=0, text: 0..=20, longest_input: 20 },
    results: [1..=8, 1..=8, 1..=8],
    image: Quota::NEVER,
    image_len: 0..=0,
    delegation: Quota::one_in(150),
    workflow: Quota::NEVER,
    side_question: Quota::NEVER,
    failure: Quota::NEVER,
    compaction: Quota::NEVER,
    damage: Quota::NEVER,
    oddity: Quota::NEVER,
    odd_file: Quota::NEVER,
    odd_session: Quota::NEVER,
    diversion: Quota::NEVER,
    gateways: &[],
    fork: Quota::NEVER,
    worktree: Quota::NEVER,
    worktree_start: Quota::NEVER,
    search: Quota::NEVER,
    refusal: Quota::NEVER,
    unfinished: Quota::NEVER,
};

/// Copies of every kind, and all else that makes it hard to say whose a response is, in short conversations.
const TANGLED: Rates = Rates {
    eras: eras::COPYING,
    ahead_bytes: 4_000..=4_000,
    turns: [1..=3, 1..=5, 2..=8],
    responses: 1..=5,
    words: Words { thinking: 0..=60, signature: 0..=40, text: 20..=60, longest_input: 40 },
    results: [1..=60, 1..=60, 1..=60],
    image: Quota::NEVER,
    delegation: Quota::one_in(4),
    workflow: Quota::one_in(5),
    side_question: Quota::one_in(15),
    failure: Quota::one_in(30),
    compaction: Quota::one_in(30),
    damage: Quota::one_in(10),
    oddity: Quota::one_in(9),
    odd_session: Quota::one_in(9),
    diversion: Quota::one_in(9),
    fork: Quota::one_in(2),
    worktree: Quota::one_in(9),
    worktree_start: Quota::one_in(7),
    search: Quota::one_in(12),
    refusal: Quota::one_in(9),
    unfinished: Quota::one_in(7),
    ..STRESS
};

/// A home that is being written.
#[derive(Debug)]
pub(crate) struct Home {
    root: PathBuf,
    size_bytes: u64,
    due_bytes: u64,
    /// By how many bytes a conversation may exceed what is due.
    ahead_bytes: u64,
    /// The present era.
    era: Option<&'static Era>,
    /// The end of the plan, in UTC epoch milliseconds.
    pub(crate) until_ms: i64,
    /// The frequencies.
    pub(crate) rates: Rates,
    /// Random numbers.
    pub(crate) random: Random,
    /// Filler text.
    pub(crate) prose: Prose,
    /// The projects.
    pub(crate) projects: Vec<Project>,
    /// The exact answer.
    pub(crate) answer: Answer,
    /// Each response of the answer, if they are listed.
    pub(crate) list: Option<Vec<Listed>>,
    /// What telemetry reports of each response, if it is wanted.
    pub(crate) reports: Option<Vec<Report>>,
    /// Chance of requests that are in no transcript: a home is the same with and without its telemetry.
    pub(crate) aside: Random,
    /// What Claude Code counts itself.
    pub(crate) own: OwnCounts,
    /// Claude Code's own statistics.
    pub(crate) stats: StatsCache,
}

impl Home {
    pub(crate) fn new(plan: &Plan, root: &Path) -> Self {
        let mut random = Random::new(plan.seed);
        let rates = match plan.style {
            Style::Demo => DEMO,
            Style::Ordinary => ORDINARY,
            Style::Stress => STRESS,
            Style::Lean => LEAN,
            Style::Tangled => TANGLED,
        };
        Self {
            root: root.to_owned(),
            size_bytes: plan.size_bytes,
            due_bytes: plan.size_bytes,
            // So that even a small home has many conversations.
            ahead_bytes: (plan.size_bytes / 40).clamp(*rates.ahead_bytes.start(), *rates.ahead_bytes.end()),
            era: None,
            until_ms: plan.until_ms,
            rates,
            prose: Prose::new(&mut random),
            random,
            projects: world::projects(plan.style),
            answer: Answer::default(),
            list: None,
            reports: None,
            aside: Random::new(plan.seed ^ 0x7e1e),
            own: OwnCounts::default(),
            stats: StatsCache::through_the_day_before(plan.until_ms),
        }
    }

    /// Makes a share of the planned size due, in millionths.
    pub(crate) fn make_due(&mut self, millionths: u64) {
        let due = u128::from(self.size_bytes) * u128::from(millionths.min(1_000_000)) / 1_000_000;
        self.due_bytes = u64::try_from(due).expect("not more than the size");
    }

    /// Returns whether less is written than is due.
    pub(crate) fn is_behind(&self) -> bool {
        self.answer.bytes < self.due_bytes
    }

    /// Returns whether a conversation has to end, because too much is written already.
    pub(crate) fn is_ahead(&self) -> bool {
        self.room() == 0 || self.answer.bytes >= self.due_bytes.saturating_add(self.ahead_bytes)
    }

    /// Sets how Claude Code writes from now on; after an update, what is rare happens
    /// soon, so that even a small home has it as each era writes it.
    pub(crate) fn enter(&mut self, era: &'static Era) {
        if self.era.replace(era) == Some(era) {
            return;
        }
        let Rates { delegation, side_question, failure, compaction, search, .. } = &mut self.rates;
        for rare in [delegation, side_question, failure, compaction, search] {
            rare.hasten();
        }
    }

    /// Returns how many bytes of the planned size are left.
    pub(crate) fn room(&self) -> u64 {
        self.size_bytes.saturating_sub(self.answer.bytes)
    }

    /// Returns the path of a file of the home, whose folder is made to exist.
    pub(crate) fn place(&self, relative: &str) -> Result<PathBuf> {
        let path = self.root.join(relative);
        let folder = path.parent().expect("a file of the home is in a folder");
        fs::create_dir_all(folder).map_err(CorpusError::writing(folder))?;
        Ok(path)
    }

    /// Writes a file that is not a transcript.
    pub(crate) fn write_file(&self, relative: &str, text: &str) -> Result<()> {
        let path = self.place(relative)?;
        fs::write(&path, text).map_err(CorpusError::writing(&path))
    }

    /// Writes the files beside the transcripts and returns the answer, with its responses if they are listed, and their telemetry if it is wanted.
    pub(crate) fn finish(self) -> Result<Written> {
        self.write_file("stats-cache.json", &self.stats.to_json().to_string())?;
        self.write_file(
            "settings.json",
            "{\n  \"cleanupPeriodDays\": 365,\n  \"includeCoAuthoredBy\": false\n}\n",
        )?;
        let (list, reports) = (self.list.unwrap_or_default(), self.reports.unwrap_or_default());
        Ok(Written { answer: self.answer, list, reports, own_totals: self.own.finish() })
    }
}
