//! The commands that read a home, one against the other.
//!
//! All contenders run once, then all run again, and so on, so that other load on the machine affects all
//! equally. The preparation of a run is not timed.

use super::Case;
use super::count::{self, Count, Errors};
use super::measure::{self, Consumption, Run};
use super::programs::Programs;
use super::report::{CommandFigures, HomeFigures};
use super::rivals::Installed;
use super::statistics::Spread;
use anyhow::{Result, bail};
use ctm_harness::answer::{Checker, Totals};
use ctm_harness::home::{GrowingHome, Home};
use ctm_harness::ready;
use ctm_harness::server::Server;
use std::cell::RefCell;
use std::fs;
use std::path::{Path, PathBuf};
use std::process::Command;
use std::time::Duration;
use tempfile::TempDir;

/// A command to compare with, whose output is not verified.
#[derive(Debug, Clone)]
pub(crate) struct Other {
    pub(crate) name: String,
    /// Command for the shell.
    pub(crate) command: String,
}

impl std::str::FromStr for Other {
    type Err = &'static str;

    fn from_str(text: &str) -> Result<Self, Self::Err> {
        let (name, command) = text.split_once('=').ok_or("another program is written as NAME=COMMAND")?;
        Ok(Self { name: name.to_owned(), command: command.to_owned() })
    }
}

/// A run of a contender.
#[derive(Debug, Clone, Copy)]
struct Sample {
    wall: Duration,
    cpu: Duration,
    peak_bytes: u64,
    answered: Option<Duration>,
    database_bytes: Option<u64>,
    written_bytes: Option<u64>,
    /// Errors of what a rival counted.
    errors: Option<Errors>,
}

impl Sample {
    fn of(run: &Run) -> Self {
        Self {
            wall: run.wall,
            cpu: run.consumption.cpu,
            peak_bytes: run.consumption.peak_bytes,
            answered: None,
            database_bytes: None,
            written_bytes: run.written_bytes,
            errors: None,
        }
    }
}

/// Something that is run again and again.
struct Contender<'a> {
    name: String,
    take: Box<dyn FnMut() -> Result<Sample> + 'a>,
    /// The contender that it is compared with.
    base: Option<Case>,
    /// Whether a failure only leaves it out, because it is a program with faults of its own.
    is_rival: bool,
    samples: Vec<Sample>,
}

/// Maximum share of tokens that the bare loop may miss, in percent: those on lines that it does not repair.
const MISSED_PERCENT: f64 = 5.0;

/// Measures all commands on a home.
pub(crate) fn hold(
    programs: &Programs,
    home: &Home,
    cases: &[Case],
    others: &[Other],
    rivals: &[Installed],
    runs: usize,
) -> Result<HomeFigures> {
    let arena = Arena::prepare(programs, home, cases)?;
    let mut contenders = arena.contenders(cases, others, rivals)?;
    for run in 1..=runs {
        // Each time, because the system may need the memory for something else meanwhile.
        home.warm()?;
        let mut failed = Vec::new();
        for contender in &mut contenders {
            eprintln!("{}: run {run} of {runs}: {}", home.path.display(), contender.name);
            match (contender.take)() {
                Ok(sample) => contender.samples.push(sample),
                Err(error) if contender.is_rival => {
                    eprintln!("left out: {}: {error:#}", contender.name);
                    failed.push(contender.name.clone());
                }
                Err(error) => return Err(error.context(format!("case `{}`", contender.name))),
            }
        }
        contenders.retain(|contender| !failed.contains(&contender.name));
    }
    let commands: Vec<_> =
        contenders.iter().map(|contender| contender.figures(&contenders, home.answer.bytes)).collect();
    drop(contenders);
    Ok(HomeFigures {
        bytes: home.answer.bytes,
        files: home.answer.files,
        responses: home.answer.totals.responses,
        floor_misses_percent: arena.floor_misses_percent.into_inner(),
        commands: commands.into_iter().flatten().collect(),
    })
}

/// A home, and the databases and copies that the contenders need.
struct Arena<'a> {
    programs: &'a Programs,
    home: &'a Home,
    folder: TempDir,
    checker: RefCell<Checker>,
    /// Tokens by day, to compare rivals with.
    truth: Count,
    /// A database that is up to date.
    known: PathBuf,
    /// A growing copy of the home, its totals, and a database that contains it.
    growing: Option<RefCell<(GrowingHome, Checker)>>,
    grown: PathBuf,
    floor_misses_percent: RefCell<Option<f64>>,
}

impl<'a> Arena<'a> {
    fn prepare(programs: &'a Programs, home: &'a Home, cases: &[Case]) -> Result<Self> {
        let folder = tempfile::tempdir()?;
        let checker = Checker::new(home.answer.totals);
        let appends = cases.contains(&Case::Append);
        let growing =
            if appends { Some(RefCell::new((home.growing_copy()?, checker.clone()))) } else { None };
        let arena = Self {
            programs,
            home,
            known: folder.path().join("known.db"),
            grown: folder.path().join("grown.db"),
            folder,
            checker: RefCell::new(checker),
            truth: count::truth(&home.path)?.count,
            growing,
            floor_misses_percent: RefCell::new(None),
        };
        let known = [Case::Same, Case::Statusline, Case::Budget, Case::Guard, Case::Restart];
        if known.iter().any(|case| cases.contains(case)) {
            arena.same()?;
        }
        if cases.contains(&Case::Guard) {
            arena.add_reached_budget()?;
        }
        if cases.contains(&Case::Budget) {
            arena.add_budgets()?;
        }
        if let Some(growing) = &arena.growing {
            let (home, checker) = &mut *growing.borrow_mut();
            answered(&mut arena.daily(home.path(), &arena.grown), checker)?;
        }
        Ok(arena)
    }

    fn contenders<'b>(
        &'b self,
        cases: &[Case],
        others: &'b [Other],
        rivals: &'b [Installed],
    ) -> Result<Vec<Contender<'b>>> {
        let mut contenders = Vec::new();
        for case in cases {
            let (base, take): (_, Box<dyn FnMut() -> Result<Sample> + 'b>) = match case {
                Case::Floor => (None, Box::new(|| self.floor())),
                Case::Stat => (None, Box::new(|| timed(&mut self.programs.stat(&self.home.path)))),
                Case::Cold => (Some(Case::Floor), Box::new(|| self.cold())),
                Case::Nodb if self.programs.has_option(NO_DATABASE)? => {
                    (Some(Case::Floor), Box::new(|| self.without_database()))
                }
                Case::Nodb => {
                    eprintln!("skipped: nodb, because this ctm has no {NO_DATABASE}");
                    continue;
                }
                Case::Same => (Some(Case::Stat), Box::new(|| self.same())),
                Case::Append => (Some(Case::Same), Box::new(|| self.append())),
                Case::Statusline => (Some(Case::Stat), Box::new(|| self.statusline())),
                Case::Budget => (Some(Case::Stat), Box::new(|| self.budget())),
                Case::Guard => (Some(Case::Stat), Box::new(|| self.guard())),
                Case::Restart => (Some(Case::Stat), Box::new(|| self.restart())),
                Case::Live | Case::Fanout | Case::Idle | Case::Api => continue,
            };
            contenders.push(Contender {
                name: case.name(),
                take,
                base,
                is_rival: false,
                samples: Vec::new(),
            });
        }
        for other in others {
            contenders.push(Contender {
                name: other.name.clone(),
                take: Box::new(|| timed(&mut shell(&other.command, &self.home.path))),
                base: Some(Case::Floor),
                is_rival: false,
                samples: Vec::new(),
            });
        }
        for rival in rivals {
            contenders.push(Contender {
                name: rival.rival.name.to_owned(),
                take: Box::new(|| self.rival(rival)),
                base: Some(Case::Floor),
                is_rival: true,
                samples: Vec::new(),
            });
        }
        Ok(contenders)
    }

    /// Returns the call that everything is compared by.
    fn daily(&self, home: &Path, database: &Path) -> Command {
        let mut command = self.programs.ctm(self.folder.path(), home, ["daily", "--json"]);
        command.arg("--database").arg(database);
        command
    }

    /// Reads everything in the least time.
    fn floor(&self) -> Result<Sample> {
        let run = measure::run(&mut self.programs.floor(&self.home.path))?;
        let found: Totals = serde_json::from_slice(&run.output)?;
        let expected = self.home.answer.totals.tokens();
        let missed = percent(expected.abs_diff(found.tokens()), expected);
        if missed > MISSED_PERCENT {
            bail!("it misses {missed:.1} % of the tokens, and is no measure of anything");
        }
        *self.floor_misses_percent.borrow_mut() = Some(missed);
        Ok(Sample::of(&run))
    }

    /// Reads everything into a new database.
    fn cold(&self) -> Result<Sample> {
        let folder = tempfile::tempdir_in(self.folder.path())?;
        let mut daily = self.daily(&self.home.path, &folder.path().join("new.db"));
        let sample = answered(&mut daily, &mut self.checker.borrow_mut())?;
        Ok(Sample { database_bytes: Some(size(folder.path())?), ..sample })
    }

    /// Reads everything and stores nothing.
    fn without_database(&self) -> Result<Sample> {
        let args = ["daily", "--json", NO_DATABASE];
        let mut daily = self.programs.ctm(self.folder.path(), &self.home.path, args);
        answered(&mut daily, &mut self.checker.borrow_mut())
    }

    /// Finds that nothing changed.
    fn same(&self) -> Result<Sample> {
        answered(&mut self.daily(&self.home.path, &self.known), &mut self.checker.borrow_mut())
    }

    /// Reads one new line.
    fn append(&self) -> Result<Sample> {
        let growing = self.growing.as_ref().expect("it was prepared for this case");
        let (home, checker) = &mut *growing.borrow_mut();
        checker.grow(home.append()?);
        answered(&mut self.daily(home.path(), &self.grown), checker)
    }

    /// Prints a status line without new transcripts.
    fn statusline(&self) -> Result<Sample> {
        let args = ["statusline", "--statusline-format", "{session_cost} {today_cost}[ {behind}]"];
        let mut statusline = self.of_known(args);
        let input = serde_json::json!({ "session_id": self.home.any_session()?, "model": { "id": "opus" } });
        let run = measure::run_with_input(&mut statusline, input.to_string().as_bytes())?;
        let line = String::from_utf8_lossy(&run.output);
        let figures: Vec<_> = line.split_whitespace().collect();
        if figures.len() != 2 || !figures.iter().all(|figure| figure.contains('$')) {
            bail!("the line `{}` has no cost of a session and of a day", line.trim());
        }
        Ok(Sample { answered: Some(run.answered), ..Sample::of(&run) })
    }

    /// Adds budgets, so large that no level is reached.
    fn add_budgets(&self) -> Result<()> {
        for period in ["day", "week", "month"] {
            let args = ["budget", "add", period, "--usd", "1000000", "--per", period];
            measure::run(&mut self.of_known(args))?;
        }
        Ok(())
    }

    /// Prints how budgets stand without new transcripts.
    fn budget(&self) -> Result<Sample> {
        let run = measure::run(&mut self.of_known(["budget", "status"]))?;
        let lines = String::from_utf8_lossy(&run.output).lines().count();
        if lines < 3 {
            bail!("{lines} lines for three budgets");
        }
        Ok(Sample { answered: Some(run.answered), ..Sample::of(&run) })
    }

    /// Returns `ctm` with the database that is up to date.
    fn of_known<const N: usize>(&self, args: [&str; N]) -> Command {
        let mut command = self.programs.ctm(self.folder.path(), &self.home.path, args);
        command.arg("--database").arg(&self.known);
        command
    }

    /// Adds a budget of a year that is at its soft level to a database of its own, so that a guard has a message.
    fn add_reached_budget(&self) -> Result<()> {
        fs::copy(&self.known, self.guarded())?;
        let tokens = (self.home.answer.totals.tokens() / 9 * 10).to_string();
        let args = ["budget", "add", "year", "--per", "366d", "--tokens", &tokens];
        let mut add = self.programs.ctm(self.folder.path(), &self.home.path, args);
        measure::run(add.arg("--database").arg(self.guarded())).map(drop)
    }

    fn guarded(&self) -> PathBuf {
        self.folder.path().join("guarded.db")
    }

    /// Finds that a budget is at its soft level.
    fn guard(&self) -> Result<Sample> {
        let mut guard = self.programs.ctm(self.folder.path(), &self.home.path, ["guard"]);
        let run = measure::run(guard.arg("--database").arg(self.guarded()))?;
        let message = String::from_utf8_lossy(&run.output);
        if !message.contains("is at its soft level") {
            bail!("`{}` is no message of a soft level", message.trim());
        }
        Ok(Sample::of(&run))
    }

    /// Runs another program on all of the home, and compares its counts with the truth.
    fn rival(&self, rival: &Installed) -> Result<Sample> {
        let (run, count) = rival.count(&self.home.path)?;
        Ok(Sample { errors: Some(count.errors(&self.truth)), ..Sample::of(&run) })
    }

    /// Starts a server on a home that was read before; its consumption is counted until it has answered one
    /// request and ended.
    fn restart(&self) -> Result<Sample> {
        let server =
            Server::start(&mut self.programs.serving(self.folder.path(), &self.home.path, &self.known))?;
        let (answered, wall) = (server.ready, ready::wait_until_live(&server)?);
        ready::check(&server, &mut self.checker.borrow_mut())?;
        let consumption = Consumption::from(server.stop()?);
        Ok(Sample {
            wall,
            cpu: consumption.cpu,
            peak_bytes: consumption.peak_bytes,
            answered: Some(answered),
            database_bytes: None,
            written_bytes: None,
            errors: None,
        })
    }
}

/// The option of `ctm` to store nothing.
const NO_DATABASE: &str = "--no-database";

impl Contender<'_> {
    /// Returns what all runs on a home of this size amount to, or `None` without any.
    fn figures(&self, all: &[Contender<'_>], home_bytes: u64) -> Option<CommandFigures> {
        let wall = self.spread(|sample| sample.wall.as_secs_f64())?;
        let base = self.base.map(Case::name);
        let base = base.and_then(|base| all.iter().find(|contender| contender.name == base));
        let cpu = self.spread(|sample| sample.cpu.as_secs_f64())?;
        let base_wall = base.and_then(|base| base.spread(|sample| sample.wall.as_secs_f64()));
        let base_cpu = base.and_then(|base| base.spread(|sample| sample.cpu.as_secs_f64()));
        let answers: Vec<_> = self.samples.iter().filter_map(|sample| sample.answered).collect();
        let sizes = self.samples.iter().filter_map(|sample| sample.database_bytes);
        let written =
            self.samples.iter().filter_map(|sample| ratio(sample.written_bytes?, sample.database_bytes?));
        Some(CommandFigures {
            case: self.name.clone(),
            runs: self.samples.len(),
            wall_s: wall,
            cpu_s: cpu,
            peak_mb: self.spread(|sample| megabytes(sample.peak_bytes))?,
            answer_s: Spread::of(answers.iter().map(Duration::as_secs_f64)),
            base: base.map(|base| base.name.clone()),
            wall_to_base: base_wall.map(|base| wall.median / base.median),
            cpu_to_base: base_cpu.map(|base| cpu.median / base.median),
            database_percent: sizes.max().map(|bytes| percent(bytes, home_bytes)),
            written_to_database: Spread::of(written).map(|written| written.median),
            errors: self.samples.iter().find_map(|sample| sample.errors),
        })
    }

    fn spread(&self, figure: impl Fn(&Sample) -> f64) -> Option<Spread> {
        Spread::of(self.samples.iter().map(figure))
    }
}

/// Runs a command whose output cannot be verified.
fn timed(command: &mut Command) -> Result<Sample> {
    measure::run(command).map(|run| Sample::of(&run))
}

/// Runs a command with a verified result.
fn answered(command: &mut Command, checker: &mut Checker) -> Result<Sample> {
    let run = measure::run(command)?;
    checker.check(&run.output)?;
    Ok(Sample { answered: Some(run.answered), ..Sample::of(&run) })
}

/// Returns the call of another program, which finds the home where Claude Code would.
fn shell(command: &str, home: &Path) -> Command {
    let mut shell = Command::new("sh");
    shell.args(["-c", command]).env("CLAUDE_CONFIG_DIR", home);
    shell
}

/// Returns the size of all files in a folder: a database with its log.
fn size(folder: &Path) -> Result<u64> {
    let mut bytes = 0;
    for entry in fs::read_dir(folder)? {
        bytes += entry?.metadata()?.len();
    }
    Ok(bytes)
}

#[expect(clippy::cast_precision_loss, reason = "for showing only")]
fn megabytes(bytes: u64) -> f64 {
    bytes as f64 / 1e6
}

#[expect(clippy::cast_precision_loss, reason = "for showing only")]
fn ratio(one: u64, other: u64) -> Option<f64> {
    (other > 0).then(|| one as f64 / other as f64)
}

#[expect(clippy::cast_precision_loss, reason = "for showing only")]
fn percent(part: u64, whole: u64) -> f64 {
    100.0 * part as f64 / whole.max(1) as f64
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn other_programs_have_a_name_and_any_command() {
        let rival: Other = "sh=A=1 sh -c 'exit 0'".parse().unwrap();
        assert_eq!((rival.name.as_str(), rival.command.as_str()), ("sh", "A=1 sh -c 'exit 0'"));
        assert!("sh".parse::<Other>().is_err());
    }

    #[test]
    fn contenders_are_compared_by_their_medians() {
        let sample = |millis: u64| Sample {
            wall: Duration::from_millis(millis),
            cpu: Duration::from_millis(2 * millis),
            peak_bytes: 3_000_000,
            answered: Some(Duration::from_millis(millis - 1)),
            database_bytes: Some(50),
            written_bytes: Some(175),
            errors: None,
        };
        let contender = |name: &str, base, millis: [u64; 3]| Contender {
            name: name.to_owned(),
            take: Box::new(|| bail!("it ran already")),
            base,
            is_rival: false,
            samples: millis.map(sample).to_vec(),
        };
        let all =
            [contender("floor", None, [90, 100, 400]), contender("cold", Some(Case::Floor), [200, 300, 250])];
        let bytes = 1_000;
        let [floor, cold] = all.each_ref().map(|contender| contender.figures(&all, bytes).unwrap());
        assert_eq!((floor.base, floor.wall_to_base), (None, None));
        assert_eq!((cold.base.as_deref(), cold.wall_to_base), (Some("floor"), Some(2.5)));
        assert_eq!(cold.cpu_to_base, Some(2.5));
        assert_eq!(cold.cpu_s, Spread { median: 0.5, min: 0.4, max: 0.6 });
        assert_eq!((cold.peak_mb.median, cold.database_percent), (3.0, Some(5.0)));
        assert_eq!(cold.written_to_database, Some(3.5));
        assert_eq!(cold.answer_s.unwrap().median, 0.249);
    }
}
