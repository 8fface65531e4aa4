//! A simulated machine that pushes, by the protocol of `ctm-push`.

use super::plan::{Plan, Response};
use anyhow::{Context, Result, bail};
use ctm_facts::PushProgress;
use ctm_harness::clock;
use ctm_harness::http::{Connection, Received};
use ctm_push_format::{JournalId, Level, Pepper, Push, Sender, Writer};
use ctm_push_protocol::{Answer, Course, Hello, Step, Taken};
use ctm_types::EpochMs;
use serde::Deserialize;
use std::collections::HashMap;
use std::time::Instant;

/// Of so many pushes, the answer of one is lost.
const LOST_EVERY: u32 = 50;

/// Most steps of a visit.
const MOST_STEPS: usize = 1_000;

/// A machine.
#[derive(Debug, Clone)]
pub(crate) struct Agent {
    machine: u32,
    token: String,
    pepper: Pepper,
    progress: PushProgress,
    /// What it has noticed, in order; of a response that comes again, the last entry counts.
    journal: Vec<Response>,
    last: HashMap<(u32, u32, u32), usize>,
    /// The day whose end it is.
    day: u32,
    random: fastrand::Rng,
}

/// What the visits of machines took.
#[derive(Debug, Default)]
pub(crate) struct Visited {
    /// Milliseconds of each push that was stored.
    pub(crate) took_ms: Vec<f64>,
    pub(crate) responses: u64,
    pub(crate) bytes: u64,
    pub(crate) lost: u64,
    pub(crate) forks: u64,
    pub(crate) busy: u64,
}

/// How a visit ends.
#[derive(Debug, PartialEq, Eq)]
pub(crate) enum End {
    /// The hub has everything.
    Done,
    /// It comes again.
    Again,
    /// A clone pushes in its place.
    Stopped,
}

#[derive(Deserialize)]
struct Enrolled {
    token: String,
    pepper: String,
    epoch: u64,
}

#[derive(Deserialize)]
struct HelloBody {
    versions: Vec<u32>,
    most: usize,
    journal: Option<String>,
    acked: u64,
    again_after_ms: u64,
}

#[derive(Deserialize)]
struct TakenBody {
    acked: u64,
    receipt: String,
    again_after_ms: u64,
    most: usize,
    refused: Vec<serde_json::Value>,
}

#[derive(Deserialize)]
struct Problem {
    code: Option<String>,
    acked: Option<u64>,
}

impl Agent {
    /// Enrols a machine, on a connection of its own, as the hub demands.
    pub(crate) fn enrol(plan: &Plan, machine: u32, code: &str, url: &str) -> Result<Self> {
        let (id, name) = (plan.id(machine).to_string(), format!("machine {machine}"));
        let body = serde_json::json!({ "code": code, "machine": id, "name": name }).to_string();
        let received =
            Connection::open(url)?.post("/api/v1/push/enrolment", "application/json", body.as_bytes())?;
        let Enrolled { token, pepper, epoch } = serde_json::from_slice(&received.body)?;
        let pepper = Pepper::new(&hex::decode(pepper)?);
        let mut random = fastrand::Rng::with_seed(plan.seed ^ u64::from(machine));
        let progress = PushProgress::beginning(Level::Names.to_string(), journal_id(&mut random), epoch);
        let (journal, last) = Default::default();
        Ok(Self { machine, token, pepper, progress, journal, last, day: 0, random })
    }

    /// Returns a copy that makes other choices.
    pub(crate) fn cloned(&self) -> Self {
        let mut copy = self.clone();
        copy.random = fastrand::Rng::with_seed(!u64::from(self.machine));
        copy
    }

    /// Notices what is new at the end of a day.
    pub(crate) fn end_day(&mut self, plan: &Plan, day: u32) {
        self.day = day;
        for response in plan.noticed(self.machine, day) {
            self.last.insert(response.id(), self.journal.len());
            self.journal.push(response);
        }
    }

    pub(crate) fn machine(&self) -> u32 {
        self.machine
    }

    /// Returns the secret that keys the hashes of all machines.
    pub(crate) fn pepper(&self) -> &Pepper {
        &self.pepper
    }

    /// Pushes what the hub lacks, until it has everything, or something is in the way.
    pub(crate) fn visit(&mut self, plan: &Plan, hub: &mut Connection, seen: &mut Visited) -> Result<End> {
        let mut course = Course::new(self.progress.clone(), Level::Names);
        let mut step = course.first();
        for _ in 0..MOST_STEPS {
            let now = EpochMs(clock::now_ms());
            step = match step {
                Step::Ask => {
                    let answer = self.ask(hub)?;
                    course.after(&answer, 0, now, self.random.f64())
                }
                Step::Send { most } => {
                    let acked = usize::try_from(course.progress.acked)?;
                    let to = self.journal.len().min(acked + most);
                    if to <= acked {
                        self.progress = course.progress;
                        return Ok(End::Done);
                    }
                    let body = self.body(plan, &course.progress, to, now)?;
                    course.begin_push(to as u64);
                    self.progress.clone_from(&course.progress);
                    let start = Instant::now();
                    let answer = self.push(hub, &body)?;
                    if let Answer::Taken(_) = answer {
                        seen.took_ms.push(start.elapsed().as_secs_f64() * 1e3);
                        seen.bytes += body.len() as u64;
                        seen.responses += (to - acked) as u64;
                        if self.random.u32(..LOST_EVERY) == 0 {
                            // As if it had ended before the answer: the next visit continues from what it stored before.
                            seen.lost += 1;
                            return Ok(End::Again);
                        }
                    }
                    course.after(&answer, to - acked, now, self.random.f64())
                }
                Step::BeginJournal => {
                    seen.forks += 1;
                    course.begin_journal(journal_id(&mut self.random), now)
                }
                Step::Wait { .. } => {
                    seen.busy += 1;
                    self.progress = course.progress;
                    return Ok(End::Again);
                }
                Step::Stop => {
                    self.progress = course.progress;
                    return Ok(End::Stopped);
                }
            };
            self.progress.clone_from(&course.progress);
        }
        bail!("machine {} does not end", self.machine)
    }

    fn body(&self, plan: &Plan, progress: &PushProgress, to: usize, now: EpochMs) -> Result<Vec<u8>> {
        let from = usize::try_from(progress.acked)?;
        let sender = Sender {
            machine: plan.id(self.machine),
            name: format!("machine {}", self.machine),
            level: Level::Names,
            pepper: self.pepper.clone(),
            at_ms: EpochMs(now.0 + plan.skew_ms(self.machine)),
            push: Some(Push {
                journal: JournalId::parse(&progress.journal).context("the id of a journal")?,
                from: progress.acked,
                to: to as u64,
                receipt: progress.receipt.clone(),
            }),
        };
        let mut writer = Writer::new(sender, Vec::new());
        for (at, response) in self.journal.iter().enumerate().take(to).skip(from) {
            if self.last[&response.id()] == at {
                let revision = Push::revision(progress.epoch, at as u64 + 1);
                plan.known((self.machine, self.day), revision, *response, |known| writer.write(known))?;
            }
        }
        Ok(writer.finish()?)
    }

    fn ask(&self, hub: &mut Connection) -> Result<Answer> {
        let received = hub.request("GET", "/api/v1/push", &[("Authorization", &self.bearer())], &[])?;
        answer(&received, |body| {
            let HelloBody { versions, most, journal, acked, again_after_ms } = serde_json::from_slice(body)?;
            Ok(Answer::Hello(Hello { versions, most, journal, acked, level: Level::Names, again_after_ms }))
        })
    }

    fn push(&self, hub: &mut Connection, body: &[u8]) -> Result<Answer> {
        let bearer = self.bearer();
        let fields = [
            ("Authorization", &*bearer),
            ("Content-Type", "application/x-ndjson"),
            ("Content-Encoding", "gzip"),
        ];
        let received = hub.request("POST", "/api/v1/push", &fields, body)?;
        answer(&received, |body| {
            let TakenBody { acked, receipt, again_after_ms, most, refused } = serde_json::from_slice(body)?;
            if !refused.is_empty() {
                bail!("the hub refuses {refused:?}");
            }
            Ok(Answer::Taken(Taken { acked, receipt, again_after_ms, most }))
        })
    }

    fn bearer(&self) -> String {
        format!("Bearer {}", self.token)
    }
}

impl Visited {
    pub(crate) fn join(&mut self, other: Self) {
        let Self { took_ms, responses, bytes, lost, forks, busy } = other;
        self.took_ms.extend(took_ms);
        self.responses += responses;
        self.bytes += bytes;
        self.lost += lost;
        self.forks += forks;
        self.busy += busy;
    }
}

/// Returns what a response says.
fn answer(received: &Received, success: impl FnOnce(&[u8]) -> Result<Answer>) -> Result<Answer> {
    if received.status == 200 {
        return success(&received.body);
    }
    let problem = || serde_json::from_slice::<Problem>(&received.body);
    Ok(match received.status {
        409 => match problem()? {
            Problem { acked: Some(acked), .. } => Answer::Behind { acked },
            Problem { code: Some(code), .. } if code == "fork" => Answer::Fork,
            Problem { code, .. } => bail!("409 with the code {code:?}"),
        },
        410 => Answer::Gone,
        413 => Answer::TooLarge,
        429 | 503 => Answer::Busy { retry_after_ms: None },
        status => bail!("{status}: {}", String::from_utf8_lossy(&received.body)),
    })
}

fn journal_id(random: &mut fastrand::Rng) -> String {
    format!("{:032x}", random.u128(..))
}
