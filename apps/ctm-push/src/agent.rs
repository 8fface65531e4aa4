//! One push after the other, until the hub has everything.

use crate::body;
use crate::error::PushError;
use crate::http::{Answered, Hub};
use crate::machine::{Machine, journal_id};
use ctm_facts::{LoggedPush, PushTarget, RefusedClaim};
use ctm_push_format::Level;
use ctm_push_protocol::{Answer, Course, Step};
use ctm_report::clock::Clock;

/// Why a course ends for now.
pub(crate) enum Rest {
    /// The hub has everything.
    Done,
    /// It is tried again later.
    Failed(String),
    /// Nothing is pushed any more.
    Stopped(String),
}

/// What was pushed, and when it continues.
pub(crate) struct Pushed {
    pub(crate) responses: u64,
    pub(crate) rest: Rest,
    pub(crate) wait_ms: u64,
}

/// Pushes to a hub.
pub(crate) struct Agent<'m> {
    machine: &'m Machine,
    hub: Hub,
    target: PushTarget,
    responses: u64,
    /// What the hub answered last.
    outcome: String,
}

/// Returns the course of a hub.
pub(crate) fn course(target: &PushTarget) -> Course {
    let most_level = target.hub.most_level.parse().unwrap_or(Level::Totals);
    Course::new(target.progress.clone(), most_level)
}

impl<'m> Agent<'m> {
    pub(crate) fn new(machine: &'m Machine, target: PushTarget) -> Result<Self, PushError> {
        let hub = Hub::new(&target.hub, Some(machine.token(&target.hub)?))?;
        Ok(Self { machine, hub, target, responses: 0, outcome: String::new() })
    }

    /// Pushes what the hub lacks.
    pub(crate) async fn push(mut self, course: &mut Course) -> Result<Pushed, PushError> {
        course.progress.clone_from(&self.target.progress);
        let mut step = course.first();
        loop {
            step = match step {
                Step::Ask => {
                    let answered = self.hub.hello();
                    self.answered(course, answered, 0).await?
                }
                Step::Send { most } => match self.send(course, most).await? {
                    Some(step) => step,
                    None => {
                        let Step::Wait { ms } = course.rest(fastrand::f64()) else { continue };
                        return Ok(self.pushed(Rest::Done, ms));
                    }
                },
                Step::BeginJournal => {
                    let step = course.begin_journal(journal_id()?, Clock::system().now_ms());
                    self.store(course, None, &[]).await?;
                    step
                }
                Step::Wait { ms } => {
                    let reason = self.outcome.clone();
                    return Ok(self.pushed(Rest::Failed(reason), ms));
                }
                Step::Stop => {
                    let reason = course.progress.stopped.clone().unwrap_or_default();
                    return Ok(self.pushed(Rest::Stopped(reason), u64::MAX));
                }
            }
        }
    }

    fn pushed(&self, rest: Rest, wait_ms: u64) -> Pushed {
        Pushed { responses: self.responses, rest, wait_ms }
    }

    /// Sends the next push; `None` if there is nothing to send.
    async fn send(&mut self, course: &mut Course, most: usize) -> Result<Option<Step>, PushError> {
        let page = self.machine.store.push_page(course.progress.acked, most).await?;
        let Some(to) = page.to else { return Ok(None) };
        self.target.progress.clone_from(&course.progress);
        let now = Clock::system().now_ms();
        let entries = page.entries.len();
        let packed = body::packed(self.machine, &self.target, course.level(), &page, now);
        let Some(packed) = packed.map_err(PushError::io("write a push"))? else {
            return Ok(Some(course.after(&Answer::TooLarge, entries, now, fastrand::f64())));
        };
        // Whatever happens next, it is known that the hub may have these.
        course.begin_push(to);
        self.store(course, None, &[]).await?;
        let bytes = packed.len() as u64;
        let answered = self.hub.push(packed);
        let push =
            LoggedPush { at_ms: now, responses: entries as u64, bytes, outcome: answered.outcome.clone() };
        if let Answer::Taken(_) = answered.answer {
            self.responses += entries as u64 - answered.refused.len().min(entries) as u64;
        }
        let step = self.step(course, &answered, entries);
        self.store(course, Some(&push), &answered.refused).await?;
        Ok(Some(step))
    }

    async fn answered(
        &mut self,
        course: &mut Course,
        answered: Answered,
        entries: usize,
    ) -> Result<Step, PushError> {
        let before = course.progress.clone();
        let step = self.step(course, &answered, entries);
        if course.progress != before {
            self.store(course, None, &[]).await?;
        }
        Ok(step)
    }

    fn step(&mut self, course: &mut Course, answered: &Answered, entries: usize) -> Step {
        self.outcome.clone_from(&answered.outcome);
        course.after(&answered.answer, entries, Clock::system().now_ms(), fastrand::f64())
    }

    async fn store(
        &self,
        course: &Course,
        push: Option<&LoggedPush>,
        refused: &[RefusedClaim],
    ) -> Result<(), PushError> {
        Ok(self.machine.store.store_push(self.target.id, &course.progress, push, refused).await?)
    }
}
