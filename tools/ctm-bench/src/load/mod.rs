//! A server under load: many requests at a time, while many clients watch.
//!
//! The benchmark generates its own home and reads it into a database; then it restarts the server, so that
//! its memory only includes requests, and connects a [`stand`]. [`questions`] are all requests of its
//! document; they are sent by a [`generator`], and by a [`crowd`] after an appended line. [`targets`] are the
//! required figures, [`sections`] their tables.

mod crowd;
mod generator;
mod questions;
mod sections;
mod stand;
mod targets;

pub(super) use sections::sections;

use super::programs::Programs;
use super::report::LoadFigures;
use anyhow::Result;
use ctm_corpus::Plan;
use ctm_harness::answer::Checker;
use ctm_harness::home::{self, Home};
use generator::Generator;
use stand::Stand;
use std::path::Path;

/// Responses in the generated home, over a year.
const RESPONSES: u64 = 300_000;

/// Seed of that home.
const SEED: u64 = 3;

/// Requests that are under way at a time.
const REQUESTS: usize = 50;

/// WebSockets that are connected meanwhile.
const WATCHERS: usize = 100;

/// Measures a server under load.
pub(super) fn measure(programs: &Programs) -> Result<LoadFigures> {
    let generator = Generator::new(REQUESTS)?;
    let folder = tempfile::tempdir()?;
    let (home, days) = make_home(&folder.path().join("home"))?;
    let growing = home.growing_copy()?;
    // The first server reads the home, which is not measured here.
    programs.serve(folder.path(), growing.path())?.stop()?;
    let server = programs.serve(folder.path(), growing.path())?;
    let mut stand = Stand::around(server, growing, Checker::new(home.answer.totals))?;
    let questions = stand.measure_questions(&generator)?;
    let mixed = stand.measure_mixture(&generator, &questions)?;
    let update = stand.notify_many()?;
    Ok(LoadFigures {
        responses: home.answer.totals.responses,
        days,
        requests_at_a_time: REQUESTS,
        watchers: WATCHERS,
        questions,
        mixed,
        update,
        peak_mb: stand.end()?,
    })
}

/// Creates the home, and returns it with the number of days with responses.
fn make_home(path: &Path) -> Result<(Home, usize)> {
    eprintln!("a home of {RESPONSES} responses is made");
    let answer = ctm_corpus::generate(&Plan::lean(SEED, RESPONSES, home::UNTIL_MS), path)?;
    home::write_answer(&answer, path)?;
    Ok((Home::open(path)?, answer.by_day_utc.len()))
}
