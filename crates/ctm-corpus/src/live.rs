//! A live session of a demonstration.

use crate::answer::Answer;
use crate::calendar::SECOND;
use crate::conversation::{self, Opening};
use crate::dialogue;
use crate::error::Result;
use crate::home::Home;
use crate::plan::Plan;
use crate::thread::Thread;
use std::path::Path;

/// A session that grows with every call of [`LiveSession::append`].
///
/// It has a transcript of its own, in a project of the demonstration; the times come from the
/// caller.
#[derive(Debug)]
pub struct LiveSession {
    home: Home,
    main: Thread,
    left_in_turn: u64,
}

impl LiveSession {
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
        let opening = Opening { start_ms: at_ms, permille: 1_000 };
        let main = conversation::begin(&mut home, &opening)?;
        Ok(Self { home, main, left_in_turn: 0 })
    }

    /// Appends a response, with the prompt before it and the results of its calls, none of it
    /// later than a time in UTC epoch milliseconds.
    ///
    /// # Errors
    ///
    /// When the transcript cannot be written.
    pub fn append(&mut self, at_ms: i64) -> Result<()> {
        let Self { home, main, left_in_turn } = self;
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
        main.flush()
    }

    /// Returns what a reader has to find in the transcript so far.
    #[must_use]
    pub fn answer(&self) -> &Answer {
        &self.home.answer
    }
}
