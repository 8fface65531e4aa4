//! A server under load: many requests at a time, while many clients watch.
//!
//! A home of its own is made and read into a database; then a server is started anew, so that its
//! memory is that of answering, and a [`stand`] is put around it. [`questions`] are all that its
//! document offers; they are asked by a [`generator`], and by a [`crowd`] when a line was just
//! appended. [`targets`] are what is fast enough, [`sections`] show it.

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

/// Responses in the home that is made; they are those of a year.
const RESPONSES: u64 = 300_000;

/// Decides what is left to chance in that home.
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
    // The first one reads everything, and that is not what is measured here.
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

/// Makes the home, and returns as well on how many days it has responses.
fn make_home(path: &Path) -> Result<(Home, usize)> {
    eprintln!("a home of {RESPONSES} responses is made");
    let answer = ctm_corpus::generate(&Plan::lean(SEED, RESPONSES, home::UNTIL_MS), path)?;
    home::write_answer(&answer, path)?;
    Ok((Home::open(path)?, answer.by_day_utc.len()))
}
