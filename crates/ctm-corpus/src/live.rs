//! A person at work, for a demonstration.

use crate::answer::Answer;
use crate::calendar::{HOUR, MINUTE, SECOND};
use crate::conversation::{self, Opening};
use crate::dialogue;
use crate::error::Result;
use crate::home::Home;
use crate::plan::Plan;
use crate::thread::Thread;
use std::path::Path;
use std::time::Duration;

/// How long a day of work is, in milliseconds.
const DAY_OF_WORK: i64 = 8 * HOUR;

/// How long it is from the beginning of one day of work to the next, in milliseconds.
const DAY: i64 = 24 * HOUR;

/// A person at work: prompts with some responses each, time to read them, breaks between sessions, and an end of
/// the day.
///
/// Each session has a transcript of its own, in a project of the demonstration; the times come from the
/// caller.
#[derive(Debug)]
pub struct LiveWork {
    home: Home,
    main: Thread,
    left_in_turn: u64,
    /// Prompts until the session ends.
    left_in_session: u64,
    day_began_ms: i64,
}

impl LiveWork {
    /// Begins a session in `home`, which may be there already, at a time in UTC epoch
    /// milliseconds.
    ///
    /// # Errors
    ///
    /// When the transcript cannot be created.
    pub fn begin(home: &Path, seed: u64, at_ms: i64) -> Result<Self> {
        let mut plan = Plan::demo(seed ^ at_ms.unsigned_abs(), at_ms);
        plan.size_bytes = u64::MAX;
        let mut home = Home::new(&plan, home);
        let main = session(&mut home, at_ms)?;
        let left_in_session = prompts(&mut home);
        Ok(Self { home, main, left_in_turn: 0, left_in_session, day_began_ms: at_ms })
    }

    /// Appends a response, with the prompt before it and the results of its calls, none of it
    /// later than a time in UTC epoch milliseconds. Returns the time until the next one.
    ///
    /// # Errors
    ///
    /// When the transcript cannot be written.
    pub fn append(&mut self, at_ms: i64) -> Result<Duration> {
        if self.left_in_session == 0 {
            self.main = session(&mut self.home, at_ms)?;
            self.left_in_session = prompts(&mut self.home);
        }
        let Self { home, main, left_in_turn, .. } = self;
        main.voice.pace.until_ms = at_ms;
        main.voice.pace.at_ms = main.voice.pace.at_ms.max(at_ms - 2 * SECOND);
        if *left_in_turn == 0 {
            main.prompt(home)?;
            *left_in_turn = home.random.skewed(1..=8);
        }
        *left_in_turn -= 1;
        let blocks = dialogue::blocks(home, *left_in_turn == 0);
        for call in main.respond(home, &blocks)? {
            main.result(home, &call)?;
        }
        main.flush()?;
        Ok(Duration::from_millis(self.pause(at_ms).unsigned_abs()))
    }

    /// Returns what a reader has to find in the transcripts so far.
    #[must_use]
    pub fn answer(&self) -> &Answer {
        &self.home.answer
    }

    /// Returns the time until the next response, in milliseconds: a tool runs, an answer is read, a break is taken,
    /// or the day is over.
    fn pause(&mut self, at_ms: i64) -> i64 {
        let random = &mut self.home.random;
        let mut between = |from: i64, to: i64| {
            i64::try_from(random.within(from.unsigned_abs()..=to.unsigned_abs())).unwrap_or(to)
        };
        if self.left_in_turn > 0 {
            return between(6 * SECOND, 20 * SECOND);
        }
        self.left_in_session -= 1;
        if self.left_in_session > 0 {
            return between(40 * SECOND, 4 * MINUTE);
        }
        let pause = between(8 * MINUTE, 25 * MINUTE);
        if at_ms + pause < self.day_began_ms + DAY_OF_WORK {
            return pause;
        }
        self.day_began_ms += DAY;
        (self.day_began_ms - at_ms).max(pause)
    }
}

/// Begins a session.
fn session(home: &mut Home, at_ms: i64) -> Result<Thread> {
    conversation::begin(home, &Opening { start_ms: at_ms, permille: 1_000 })
}

/// Returns how many prompts a session has.
fn prompts(home: &mut Home) -> u64 {
    home.random.within(4..=14)
}
