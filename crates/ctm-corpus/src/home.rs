//! The home that is being written, and all that its parts share.

use crate::answer::Answer;
use crate::eras::{self, Era};
use crate::error::{CorpusError, Result};
use crate::plan::{Plan, Style};
use crate::prose::Prose;
use crate::random::Random;
use crate::stats_cache::StatsCache;
use crate::voice::Gateway;
use crate::world::{self, Project};
use std::fs;
use std::ops::RangeInclusive;
use std::path::{Path, PathBuf};

/// How often what happens in a style, and how large it is.
#[derive(Debug)]
pub(crate) struct Rates {
    /// Versions of Claude Code.
    pub(crate) eras: &'static [Era],
    /// By how many bytes a conversation may exceed what is due on its day: little makes the days
    /// even, much makes the conversations long.
    pub(crate) ahead_bytes: u64,
    /// A damaged line follows one in so many responses.
    pub(crate) damage: u64,
    /// One in so many responses has usage that is out of the ordinary.
    pub(crate) oddity: u64,
    /// Percent of the transcripts that are spaced, have Windows line ends, or the like.
    pub(crate) odd_file_percent: u64,
    /// Percent of the conversations that go through a gateway.
    pub(crate) gateway_percent: u64,
    /// The gateways in use.
    pub(crate) gateways: &'static [Gateway],
    /// Percent of the conversations that are forked.
    pub(crate) fork_percent: u64,
    /// One in so many turns begins in a worktree.
    pub(crate) worktree: u64,
    /// Percent of the conversations whose last line is unfinished.
    pub(crate) unfinished_percent: u64,
    /// Length of a tool's result in bytes: usual ones, larger ones, the largest.
    pub(crate) results: [RangeInclusive<u64>; 3],
    /// One in so many tool results is an image.
    pub(crate) image: u64,
    /// Length of an image in bytes of base64.
    pub(crate) image_len: RangeInclusive<u64>,
}

/// Gateways, whose models no price list knows.
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
    ahead_bytes: 30_000,
    damage: 350,
    oddity: 60,
    odd_file_percent: 1,
    gateway_percent: 3,
    gateways: GATEWAYS.split_at(1).0,
    fork_percent: 5,
    worktree: 900,
    unfinished_percent: 1,
    results: [30..=250, 150..=900, 900..=4_000],
    image: 1_500,
    image_len: 4_000..=10_000,
};

const STRESS: Rates = Rates {
    eras: eras::ALL,
    ahead_bytes: 4_000_000,
    damage: 40,
    oddity: 25,
    odd_file_percent: 12,
    gateway_percent: 6,
    gateways: GATEWAYS,
    fork_percent: 12,
    worktree: 60,
    unfinished_percent: 5,
    results: [60..=2_000, 1_500..=8_000, 8_000..=40_000],
    image: 120,
    image_len: 60_000..=300_000,
};

/// A home that is being written.
#[derive(Debug)]
pub(crate) struct Home {
    root: PathBuf,
    size_bytes: u64,
    due_bytes: u64,
    /// The end of the plan, in UTC epoch milliseconds.
    pub(crate) until_ms: i64,
    /// How often what happens.
    pub(crate) rates: &'static Rates,
    /// Where chance comes from.
    pub(crate) random: Random,
    /// Where filler comes from.
    pub(crate) prose: Prose,
    /// How many damaged lines there are.
    pub(crate) damaged: usize,
    /// What is worked on.
    pub(crate) projects: Vec<Project>,
    /// What a reader has to find.
    pub(crate) answer: Answer,
    /// What Claude Code's own statistics say.
    pub(crate) stats: StatsCache,
}

impl Home {
    pub(crate) fn new(plan: &Plan, root: &Path) -> Self {
        let mut random = Random::new(plan.seed);
        Self {
            root: root.to_owned(),
            size_bytes: plan.size_bytes,
            due_bytes: plan.size_bytes,
            until_ms: plan.until_ms,
            rates: match plan.style {
                Style::Demo => &DEMO,
                Style::Stress => &STRESS,
            },
            prose: Prose::new(&mut random),
            random,
            damaged: 0,
            projects: world::projects(plan.style),
            answer: Answer::default(),
            stats: StatsCache::through_the_day_before(plan.until_ms),
        }
    }

    /// Makes so many millionths of the planned size due.
    pub(crate) fn make_due(&mut self, millionths: u64) {
        let due = u128::from(self.size_bytes) * u128::from(millionths.min(1_000_000)) / 1_000_000;
        self.due_bytes = u64::try_from(due).expect("not more than the size");
    }

    /// Tells whether less is written than is due.
    pub(crate) fn is_behind(&self) -> bool {
        self.answer.bytes < self.due_bytes
    }

    /// Tells whether a conversation has to end, because too much is written already.
    pub(crate) fn is_ahead(&self) -> bool {
        self.room() == 0 || self.answer.bytes >= self.due_bytes.saturating_add(self.rates.ahead_bytes)
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

    /// Writes a whole file that is no transcript.
    pub(crate) fn write_file(&self, relative: &str, text: &str) -> Result<()> {
        let path = self.place(relative)?;
        fs::write(&path, text).map_err(CorpusError::writing(&path))
    }

    /// Writes the files beside the transcripts and returns the answer.
    pub(crate) fn finish(self) -> Result<Answer> {
        self.write_file("stats-cache.json", &self.stats.to_json().to_string())?;
        self.write_file(
            "settings.json",
            "{\n  \"cleanupPeriodDays\": 365,\n  \"includeCoAuthoredBy\": false\n}\n",
        )?;
        Ok(self.answer)
    }
}
