//! The steps by which a machine pushes.

use crate::{Answer, Hello, Taken};
use ctm_facts::PushProgress;
use ctm_push_format::{Level, MOST_CLAIMS, VERSION};
use ctm_types::EpochMs;

/// Two forks within this time are those of two machines with one identity.
const FORKS_APART_MS: i64 = 24 * 60 * 60 * 1000;

/// The hours since 2026-01-01 are epochs: there are enough for sixty years.
const EPOCHS_SINCE_MS: i64 = 1_767_225_600_000;
const HOUR_MS: u64 = 60 * 60 * 1000;

/// The shortest and the longest wait after a failure.
const RETRY_MS: std::ops::RangeInclusive<u64> = 5_000..=15 * 60 * 1000;

/// How long to wait between pushes before a hub says so.
const AGAIN_AFTER_MS: u64 = 60_000;

/// The longest wait that a hub can ask for.
const MOST_WAIT_MS: u64 = 24 * 60 * 60 * 1000;

/// What a machine does next.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Step {
    /// It asks where the hub is.
    Ask,
    /// It sends what is after the last entry that the hub has, at most this many entries; if there is nothing, the course
    /// [rests](Course::rest).
    Send {
        /// Most entries.
        most: usize,
    },
    /// It begins a [journal](Course::begin_journal), and sends it.
    BeginJournal,
    /// It waits, and asks again.
    Wait {
        /// How long.
        ms: u64,
    },
    /// It stops: the progress says why.
    Stop,
}

/// A machine that pushes.
#[derive(Debug, Clone)]
pub struct Course {
    /// How far the hub is, as it is stored.
    pub progress: PushProgress,
    most_level: Level,
    level: Level,
    /// The hub knows the journal, and nothing of it that was not sent.
    is_known: bool,
    most: usize,
    again_after_ms: u64,
    failures: u32,
}

impl Course {
    /// Returns the course of a machine that discloses at most a level.
    #[must_use]
    pub fn new(progress: PushProgress, most_level: Level) -> Self {
        let level = progress.level.parse().unwrap_or(most_level).min(most_level);
        Self {
            progress,
            most_level,
            level,
            is_known: false,
            most: MOST_CLAIMS,
            again_after_ms: AGAIN_AFTER_MS,
            failures: 0,
        }
    }

    /// Returns the first step.
    #[must_use]
    pub fn first(&self) -> Step {
        if self.progress.stopped.is_some() { Step::Stop } else { Step::Ask }
    }

    /// Returns what is disclosed.
    #[must_use]
    pub fn level(&self) -> Level {
        self.level
    }

    /// Begins to send a push up to an entry. The progress is to be stored before it is sent.
    pub fn begin_push(&mut self, to: u64) {
        self.progress.sent = self.progress.sent.max(to);
    }

    /// Returns the next step after the answer to what was asked, or to a push of some entries. `random` is from 0 to 1.
    pub fn after(&mut self, answer: &Answer, entries: usize, now: EpochMs, random: f64) -> Step {
        if !matches!(answer, Answer::Failed | Answer::Busy { .. }) {
            self.failures = 0;
        }
        match answer {
            Answer::Hello(hello) => self.after_hello(hello, now),
            Answer::Taken(taken) => self.after_taken(taken, now),
            Answer::Behind { acked } if *acked < self.progress.acked => {
                self.progress.acked = *acked;
                self.send()
            }
            Answer::Fork => self.fork(now),
            Answer::Gone => self.stop("this machine was removed from the hub".to_owned()),
            Answer::TooLarge if entries > 1 => {
                self.most = entries / 2;
                self.send()
            }
            Answer::Version(range) => self.stop(format!(
                "the hub reads {range} of the format, and this program writes version {VERSION}"
            )),
            Answer::Busy { retry_after_ms: Some(ms) } => {
                Step::Wait { ms: spread((*ms).min(MOST_WAIT_MS), random) }
            }
            // An answer that leads nowhere is one of a hub that does not work.
            Answer::Busy { retry_after_ms: None }
            | Answer::Failed
            | Answer::Behind { .. }
            | Answer::TooLarge => self.retry(random),
        }
    }

    /// Returns the step when there is nothing to send.
    #[must_use]
    pub fn rest(&self, random: f64) -> Step {
        Step::Wait { ms: spread(self.again_after_ms, random) }
    }

    /// Begins a journal with an id that no other one has: everything is sent again, and replaces what was sent before.
    ///
    /// Its epoch is that of the hour: a database that was restored from a backup does not know the last one.
    pub fn begin_journal(&mut self, id: String, now: EpochMs) -> Step {
        let hours = now.0.saturating_sub(EPOCHS_SINCE_MS).max(0).unsigned_abs() / HOUR_MS;
        let epoch = hours.max(self.progress.epoch + 1);
        self.is_known = false;
        self.progress = PushProgress {
            forked_at_ms: self.progress.forked_at_ms,
            ..PushProgress::beginning(self.level.to_string(), id, epoch)
        };
        self.send()
    }

    fn send(&self) -> Step {
        Step::Send { most: self.most }
    }

    fn after_hello(&mut self, hello: &Hello, now: EpochMs) -> Step {
        let Hello { versions, most, journal, acked, level, again_after_ms } = hello;
        if !versions.contains(&VERSION) {
            let versions: Vec<String> = versions.iter().map(u32::to_string).collect();
            return self.stop(format!(
                "the hub reads the versions {} of the format, and this program writes version {VERSION}",
                versions.join(", ")
            ));
        }
        self.pace(*most, *again_after_ms);
        self.is_known = journal.as_ref() == Some(&self.progress.journal) && *acked <= self.progress.sent;
        self.level = self.most_level.min(*level);
        if self.progress.level != self.level.name() {
            return Step::BeginJournal;
        }
        if self.is_known {
            self.progress.acked = *acked;
        } else if journal.as_ref() == Some(&self.progress.journal) {
            return self.fork(now);
        } else {
            // It never had this journal, or went back to before it.
            self.progress.acked = 0;
            self.progress.receipt = None;
        }
        self.send()
    }

    fn after_taken(&mut self, taken: &Taken, now: EpochMs) -> Step {
        let Taken { acked, receipt, again_after_ms, most } = taken;
        self.pace(*most, *again_after_ms);
        self.is_known = *acked <= self.progress.sent;
        if !self.is_known {
            return self.fork(now);
        }
        self.progress.acked = *acked;
        self.progress.receipt = Some(receipt.clone());
        self.send()
    }

    fn pace(&mut self, most: usize, again_after_ms: u64) {
        self.most = most.clamp(1, MOST_CLAIMS);
        self.again_after_ms = again_after_ms.min(MOST_WAIT_MS);
    }

    /// The hub has entries that this machine did not send: the database is a restored backup, or there is a copy of it. Otherwise
    /// answers were lost, and their receipts.
    fn fork(&mut self, now: EpochMs) -> Step {
        if self.is_known {
            return Step::BeginJournal;
        }
        let before = self.progress.forked_at_ms.replace(now);
        if before.is_some_and(|before| (before.0..before.0 + FORKS_APART_MS).contains(&now.0)) {
            return self.stop(
                "another machine pushes with the identity of this one, such as a copy of its folder"
                    .to_owned(),
            );
        }
        Step::BeginJournal
    }

    fn stop(&mut self, reason: String) -> Step {
        self.progress.stopped = Some(reason);
        Step::Stop
    }

    fn retry(&mut self, random: f64) -> Step {
        let (least, most) = RETRY_MS.into_inner();
        let longest = least.saturating_mul(1 << self.failures.min(20)).min(most);
        self.failures += 1;
        Step::Wait { ms: least + part_of(longest - least, random) }
    }
}

/// Returns a time within half of another one on both sides.
fn spread(ms: u64, random: f64) -> u64 {
    ms / 2 + part_of(ms, random)
}

#[expect(
    clippy::cast_possible_truncation,
    clippy::cast_sign_loss,
    clippy::cast_precision_loss,
    reason = "a day has few milliseconds"
)]
fn part_of(ms: u64, random: f64) -> u64 {
    (ms as f64 * random.clamp(0.0, 1.0)) as u64
}
