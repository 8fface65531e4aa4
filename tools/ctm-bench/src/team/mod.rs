//! A hub and simulated machines of a team, whose exact totals are known.
//!
//! # Design
//!
//! Machines push day by day, as fast as the hub takes it, on a few connections: some are offline for weeks, some have a clone or a
//! copy of another one's home, answers are lost, clocks are wrong, and the server is killed in the middle. In the end its totals are
//! compared with the truth.

mod agent;
mod plan;

use super::procfs;
use super::programs::Programs;
use super::section::{Place, Section, count, head};
use super::statistics::Latency;
use agent::{Agent, End, Visited};
use anyhow::{Context, Result, ensure};
use ctm_harness::clock;
use ctm_harness::http::Connection;
use ctm_harness::repository::Repository;
use ctm_harness::server::Server;
use plan::{Plan, Totals};
use serde::Deserialize;
use std::fs;
use std::path::Path;
use std::sync::Mutex;
use std::sync::atomic::{AtomicBool, AtomicUsize, Ordering};
use std::thread;
use std::time::{Duration, Instant};

/// Times that each machine is visited after the last day, until the hub has everything.
const LAST_VISITS: u32 = 20;

/// Simulates the machines of a team that push to a hub, and compares its totals with the truth.
#[derive(clap::Args)]
pub(crate) struct Args {
    /// Machines.
    #[arg(long, default_value_t = 100, value_parser = clap::value_parser!(u32).range(1..=10_000))]
    machines: u32,
    /// Days that they push on.
    #[arg(long, default_value_t = 30, value_parser = clap::value_parser!(u32).range(3..))]
    days: u32,
    /// Responses of a machine and day.
    #[arg(long, default_value_t = 8, value_parser = clap::value_parser!(u32).range(1..))]
    responses: u32,
    /// Connections that push at the same time.
    #[arg(long, default_value_t = 8, value_parser = clap::value_parser!(u32).range(1..))]
    connections: u32,
    /// Seed of the simulation.
    #[arg(long, default_value_t = 3)]
    seed: u64,
    /// Takes the release build as it is.
    #[arg(long)]
    no_build: bool,
}

/// The hub that machines push to: another process after it was killed.
struct Hub<'a> {
    programs: &'a Programs,
    folder: &'a Path,
    server: Option<Server>,
    peak_mb: f64,
}

#[derive(Deserialize)]
struct Invite {
    code: String,
}

#[derive(Deserialize)]
struct Stats {
    totals: Totals,
}

pub(crate) fn run(args: &Args) -> Result<()> {
    let programs = Programs::without_floor(&Repository::here(), !args.no_build)?;
    let folder = tempfile::tempdir()?;
    let plan = Plan {
        machines: args.machines,
        days: args.days,
        responses: args.responses,
        seed: args.seed,
        until_ms: clock::now_ms(),
    };
    let mut hub = Hub::new(&programs, folder.path())?;
    let mut agents = hub.enrol(&plan)?;
    let (mut seen, start) = (Visited::default(), Instant::now());
    for day in 0..plan.days {
        for at in 0..agents.len() {
            if plan.cloned_on(agents[at].machine()) == Some(day) && at < plan.machines as usize {
                agents.push(agents[at].cloned());
            }
        }
        agents.iter_mut().for_each(|agent| agent.end_day(&plan, day));
        let online: Vec<&mut Agent> =
            agents.iter_mut().filter(|agent| plan.is_online(agent.machine(), day)).collect();
        let is_killed = day == plan.days / 2;
        seen.join(hub.visited(&plan, online, args.connections, is_killed)?.0);
    }
    let mut waiting: Vec<&mut Agent> = agents.iter_mut().collect();
    for _ in 0..LAST_VISITS {
        let (more, again) = hub.visited(&plan, waiting, args.connections, false)?;
        seen.join(more);
        waiting = again;
        if waiting.is_empty() {
            break;
        }
    }
    let seconds = start.elapsed().as_secs_f64();
    ensure!(waiting.is_empty(), "{} machines did not come to an end", waiting.len());
    let expected = plan.totals(agents.first().context("there is a machine")?.pepper());
    let found = hub.totals()?;
    ensure!(found == expected, "the hub sums {found:?}, and it is {expected:?}");
    let section = hub.section(&plan, expected.responses, seen, seconds)?;
    println!("\n{}\n\n{}", section.title, section.table());
    Ok(())
}

impl<'a> Hub<'a> {
    fn new(programs: &'a Programs, folder: &'a Path) -> Result<Self> {
        fs::create_dir_all(folder.join("home/projects"))?;
        let mut hub = Self { programs, folder, server: None, peak_mb: 0.0 };
        hub.start()?;
        Ok(hub)
    }

    fn start(&mut self) -> Result<()> {
        let (home, database) = (self.folder.join("home"), self.folder.join("ctm.db"));
        let mut command = self.programs.serving(self.folder, &home, &database);
        self.server = Some(Server::start(command.arg("--team"))?);
        Ok(())
    }

    /// Notes how much memory the server needed.
    fn note_peak(&mut self) -> Result<()> {
        if let Some(server) = self.server.as_ref().filter(|_| procfs::is_there()) {
            self.peak_mb = self.peak_mb.max(procfs::peak_mb(server.id())?);
        }
        Ok(())
    }

    fn connection(&self) -> Result<Connection> {
        Connection::open(self.server.as_ref().context("there is no server")?.url())
    }

    fn enrol(&self, plan: &Plan) -> Result<Vec<Agent>> {
        let url = self.server.as_ref().context("there is no server")?.url();
        let mut connection = Connection::open(url)?;
        let body = format!("{{\"uses\":{},\"level\":\"names\"}}", plan.machines);
        // As the page of the server does.
        let fields = [("Content-Type", "application/json"), ("Origin", url.trim_end_matches('/'))];
        let received = connection.request("POST", "/api/v1/team/invites", &fields, body.as_bytes())?;
        let invite = serde_json::from_slice(&received.body);
        let Invite { code } = invite.with_context(|| String::from_utf8_lossy(&received.body).into_owned())?;
        (0..plan.machines).map(|machine| Agent::enrol(plan, machine, &code, url)).collect()
    }

    /// Visits machines, each once. With `is_killed` the server is killed after half of them, and started again. Returns those that
    /// have to come again.
    fn visited<'m>(
        &mut self,
        plan: &Plan,
        agents: Vec<&'m mut Agent>,
        connections: u32,
        is_killed: bool,
    ) -> Result<(Visited, Vec<&'m mut Agent>)> {
        let half = agents.len() / 2;
        let queue = Mutex::new(agents.into_iter());
        let (visited, again) = (AtomicUsize::new(0), Mutex::new(Vec::new()));
        let is_down = AtomicBool::new(false);
        let url = self.server.as_ref().context("there is no server")?.url().to_owned();
        let visit = || -> Result<Visited> {
            let mut seen = Visited::default();
            let mut connection = Connection::open(&url)?;
            loop {
                let Some(agent) = queue.lock().expect("no visit panics").next() else { return Ok(seen) };
                let end = agent.visit(plan, &mut connection, &mut seen);
                visited.fetch_add(1, Ordering::SeqCst);
                match end {
                    Ok(End::Done | End::Stopped) => {}
                    Ok(End::Again) => again.lock().expect("no visit panics").push(agent),
                    Err(error) if !is_down.load(Ordering::SeqCst) => return Err(error),
                    Err(_) => {
                        // The rest comes another day, to the server that is started then.
                        again.lock().expect("no visit panics").push(agent);
                        return Ok(seen);
                    }
                }
            }
        };
        let mut seen = Visited::default();
        let joined = thread::scope(|scope| -> Result<()> {
            let threads: Vec<_> = (0..connections).map(|_| scope.spawn(visit)).collect();
            if is_killed {
                while visited.load(Ordering::SeqCst) < half
                    && !threads.iter().all(thread::ScopedJoinHandle::is_finished)
                {
                    thread::park_timeout(Duration::from_millis(1));
                }
                self.note_peak()?;
                is_down.store(true, Ordering::SeqCst);
                self.server = None;
            }
            for thread in threads {
                seen.join(thread.join().expect("no visit panics")?);
            }
            Ok(())
        });
        joined?;
        if is_killed {
            self.start()?;
        }
        let mut again = again.into_inner().expect("no visit panics");
        again.extend(queue.into_inner().expect("no visit panics"));
        Ok((seen, again))
    }

    fn totals(&self) -> Result<Totals> {
        let stats = self.connection()?.get("/api/v1/stats?range=all&tz=UTC")?;
        let Stats { totals } = serde_json::from_slice(&stats).context("cannot read the totals")?;
        Ok(totals)
    }

    #[expect(clippy::cast_precision_loss, reason = "for showing only")]
    fn section(mut self, plan: &Plan, responses: u64, seen: Visited, seconds: f64) -> Result<Section> {
        self.note_peak()?;
        if let Some(server) = self.server.take() {
            server.stop()?;
        }
        let database = fs::metadata(self.folder.join("ctm.db"))?.len();
        let Visited { took_ms, responses: sent, bytes, lost, forks, busy } = seen;
        let pushes = took_ms.len();
        let took = Latency::of(took_ms).context("nothing was pushed")?;
        let row = |name: &str, figure: String| vec![name.to_owned(), figure];
        let rows = vec![
            row("responses, each once", count(responses)),
            row("responses sent", count(sent)),
            row("pushes", count(pushes as u64)),
            row("pushes a second", format!("{:.0}", pushes as f64 / seconds)),
            row("a push, p50", format!("{:.1} ms", took.p50_ms)),
            row("a push, p95", format!("{:.1} ms", took.p95_ms)),
            row("a push, p99", format!("{:.1} ms", took.p99_ms)),
            row("on the wire, a response", format!("{:.0} B", bytes as f64 / sent as f64)),
            row("answers lost", count(lost)),
            row("journals begun anew", count(forks)),
            row("asked to come again", count(busy)),
            row("database, a response", format!("{:.0} B", database as f64 / responses as f64)),
            row("peak memory of the server", format!("{:.0} MB", self.peak_mb)),
        ];
        let Plan { machines, days, .. } = plan;
        let title =
            format!("{machines} machines, {days} days, a server that was killed: the totals are the truth");
        Ok(Section { place: Place::Load, title, head: head(["", "measured"]), rows })
    }
}
