//! Errors of `ctm` and of other programs on homes with known content.
//!
//! The totals of generated homes come from the generator; collections of real transcripts have a `golden.json`, which
//! was computed independently of `ctm`. [`page`] writes the figures into docs/accuracy.md.

mod cases;
mod page;

use crate::count::{self, Count, Truth};
use crate::homes::generated;
use crate::measure;
use crate::programs::Programs;
use crate::rivals::{self, Installed, LeftOut};
use crate::today;
use anyhow::{Context, Result, bail};
use cases::CaseCounts;
use ctm_corpus::Plan;
use ctm_harness::home::UNTIL_MS;
use ctm_harness::repository::Repository;
use serde::{Deserialize, Serialize};
use std::fs;
use std::path::{Path, PathBuf};

/// Compares the counts of `ctm` and of other programs with the known content of homes.
///
/// The first run installs the programs below the build folder, which needs `npm`, `python3` and some minutes of
/// compiling. A program that cannot be installed is left out.
#[derive(clap::Args)]
pub(crate) struct Args {
    /// Seed of the generated homes.
    #[arg(long, default_value_t = 3)]
    seed: u64,
    /// Size of the home with damaged lines, in MB.
    #[arg(long, default_value_t = 200, value_parser = clap::value_parser!(u64).range(1..))]
    size_mb: u64,
    /// A folder of homes that each have a `golden.json`.
    #[arg(long, value_name = "DIR", env = "CTM_CORPORA")]
    corpora: Option<PathBuf>,
    /// Takes the release builds as they are.
    #[arg(long)]
    no_build: bool,
    /// Writes the counts to a file.
    #[arg(long, value_name = "FILE")]
    json: Option<PathBuf>,
    /// Shows the counts of such a file instead of counting.
    #[arg(long, value_name = "FILE", conflicts_with_all = ["seed", "size_mb", "corpora", "no_build", "json"])]
    from: Option<PathBuf>,
    /// Writes the figures into docs/accuracy.md.
    #[arg(long)]
    markdown: bool,
}

/// All counts of one run.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub(crate) struct Accuracy {
    /// The UTC day on which it was run.
    date: String,
    seed: u64,
    programs: Vec<Program>,
    left_out: Vec<LeftOut>,
    homes: Vec<HomeCounts>,
    cases: Vec<CaseCounts>,
}

/// A program and how it was run.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
struct Program {
    name: String,
    version: String,
    /// Where it comes from.
    origin: String,
    command: String,
}

/// The counts of all programs on a home.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
struct HomeCounts {
    name: String,
    what: String,
    /// Whether the home was generated.
    generated: bool,
    bytes: u64,
    truth: Truth,
    counts: Vec<ProgramCount>,
}

/// The count of a program.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
struct ProgramCount {
    name: String,
    /// The count, or the reason why there is none.
    result: Result<Count, String>,
}

/// Name of the program that must be exact.
const CTM: &str = "ctm";

/// Arguments of `ctm` before those that name its homes.
const CTM_ARGS: [&str; 3] = ["daily", "--json", "--no-database"];

/// Size of the home with many copies, in bytes.
const TANGLED_BYTES: u64 = 3_000_000;

pub(crate) fn run(args: &Args) -> Result<()> {
    let repository = Repository::here();
    let accuracy = match &args.from {
        Some(path) => read(path)?,
        None => count_all(args, &repository)?,
    };
    for section in page::sections(&accuracy) {
        println!("\n{}\n\n{}", section.title, section.table());
    }
    println!("\n{}", page::commands(&accuracy));
    if let Some(path) = &args.json {
        let json = serde_json::to_string_pretty(&accuracy)? + "\n";
        fs::write(path, json).with_context(|| format!("cannot write `{}`", path.display()))?;
    }
    accuracy.require_exact()?;
    if args.markdown {
        page::refresh(&accuracy, &repository.root.join("docs/accuracy.md"))?;
    }
    Ok(())
}

fn read(path: &Path) -> Result<Accuracy> {
    let shown = || format!("cannot read `{}`", path.display());
    serde_json::from_slice(&fs::read(path).with_context(shown)?).with_context(shown)
}

fn count_all(args: &Args, repository: &Repository) -> Result<Accuracy> {
    let programs = Programs::without_floor(repository, !args.no_build)?;
    let (rivals, left_out) = rivals::installed(repository)?;
    let folder = tempfile::tempdir()?;
    let mut homes = Vec::new();
    for (name, what, plan) in plans(args) {
        let path = folder.path().join(name);
        generated(&plan, &path)?;
        homes.push(HomeCounts { generated: true, ..count_home(&programs, &rivals, name, what, &path)? });
        fs::remove_dir_all(&path)?;
    }
    for path in args.corpora.iter().map(|folder| collections(folder)).collect::<Result<Vec<_>>>()?.concat() {
        let name = path.file_name().unwrap_or_default().to_string_lossy().into_owned();
        homes.push(count_home(&programs, &rivals, &name, "real transcripts", &path)?);
    }
    let cases = cases::count_all(&programs, &rivals)?;
    let ctm = Program {
        name: CTM.to_owned(),
        version: programs.version()?.trim_start_matches("ctm ").to_owned(),
        origin: "this repository".to_owned(),
        command: format!("ctm {} --tz UTC --claude-dir HOME", CTM_ARGS.join(" ")),
    };
    let others = rivals.iter().map(|Installed { rival, .. }| Program {
        name: rival.name.to_owned(),
        version: rival.version.to_owned(),
        origin: rival.registry.name().to_owned(),
        command: rival.shown(),
    });
    let programs = std::iter::once(ctm).chain(others).collect();
    Ok(Accuracy { date: today(), seed: args.seed, programs, left_out, homes, cases })
}

/// Returns the homes to generate: name, content and plan.
fn plans(args: &Args) -> [(&'static str, &'static str, Plan); 4] {
    [
        (
            "ordinary",
            "work without damage or anything unusual: streamed copies, resumed sessions, forks, subagents, compactions",
            Plan::ordinary(args.seed, UNTIL_MS),
        ),
        (
            "demonstration",
            "that of `ctm serve --demo`: such work with an advisor, a gateway, refusals and a few damaged lines",
            Plan::demo(args.seed, UNTIL_MS),
        ),
        (
            "copies",
            "short conversations with many copies: forks of forks, subagents, progress records, worktrees",
            Plan::tangled(args.seed, TANGLED_BYTES, UNTIL_MS),
        ),
        (
            "damaged",
            "every line format of any version of Claude Code, with damaged lines and counters",
            Plan::stress(args.seed, args.size_mb * 1_000_000, UNTIL_MS),
        ),
    ]
}

/// Returns the homes in a folder that have a `golden.json`, ordered by name.
fn collections(folder: &Path) -> Result<Vec<PathBuf>> {
    let shown = || format!("cannot list `{}`", folder.display());
    let entries =
        fs::read_dir(folder).with_context(shown)?.collect::<Result<Vec<_>, _>>().with_context(shown)?;
    let mut homes: Vec<_> = entries.into_iter().map(|entry| entry.path()).collect();
    homes.retain(|home| home.join("golden.json").exists());
    homes.sort();
    Ok(homes)
}

/// Runs every program on a home.
fn count_home(
    programs: &Programs,
    rivals: &[Installed],
    name: &str,
    what: &str,
    home: &Path,
) -> Result<HomeCounts> {
    Ok(HomeCounts {
        name: name.to_owned(),
        what: what.to_owned(),
        generated: false,
        bytes: bytes(&home.join("projects"))?,
        truth: count::truth(home)?,
        counts: count_each(programs, rivals, name, home)?,
    })
}

/// Returns the count of every program on a home.
fn count_each(
    programs: &Programs,
    rivals: &[Installed],
    name: &str,
    home: &Path,
) -> Result<Vec<ProgramCount>> {
    eprintln!("{name}");
    let folder = tempfile::tempdir()?;
    let output = measure::run(&mut programs.ctm(folder.path(), home, CTM_ARGS))?.output;
    let mut counts = vec![ProgramCount { name: CTM.to_owned(), result: Ok(rivals::read_ctm(&output)?) }];
    for installed in rivals {
        let result = installed.count(home).map(|(_, count)| count).map_err(|error| format!("{error:#}"));
        if let Err(reason) = &result {
            eprintln!("{name}: no report of {}: {reason}", installed.rival.name);
        }
        counts.push(ProgramCount { name: installed.rival.name.to_owned(), result });
    }
    Ok(counts)
}

/// Returns the size of all files below a folder.
fn bytes(folder: &Path) -> Result<u64> {
    let mut sum = 0;
    for entry in fs::read_dir(folder).with_context(|| format!("cannot list `{}`", folder.display()))? {
        let entry = entry?;
        sum += if entry.file_type()?.is_dir() { bytes(&entry.path())? } else { entry.metadata()?.len() };
    }
    Ok(sum)
}

impl Accuracy {
    /// Fails if `ctm` itself is not exact: that is a fault to correct, not a figure to publish.
    fn require_exact(&self) -> Result<()> {
        for home in &self.homes {
            require_exact(&home.name, &home.counts, &home.truth.count)?;
        }
        for case in &self.cases {
            require_exact(&case.name, &case.counts, &case.truth())?;
        }
        Ok(())
    }
}

fn require_exact(home: &str, counts: &[ProgramCount], truth: &Count) -> Result<()> {
    for count in counts.iter().filter(|count| count.name == CTM) {
        if !count.result.as_ref().is_ok_and(|count| count.errors(truth).is_exact()) {
            bail!("ctm is not exact on the home `{home}`");
        }
    }
    Ok(())
}

#[cfg(test)]
pub(crate) mod tests {
    use super::*;
    use crate::count::Tokens;
    use crate::rivals::RIVALS;
    use crate::rivals::tests::recorded;

    /// Returns the recorded counts, in which the output tokens of one day are wrong for all but `ctm`.
    pub(super) fn accuracy() -> Accuracy {
        let counts: Vec<_> = recorded()
            .into_iter()
            .map(|(name, read, output)| {
                let mut count = read(output).unwrap();
                if name != CTM {
                    count.days.get_mut("2026-01-01").unwrap().output = 111;
                }
                ProgramCount { name: name.to_owned(), result: Ok(count) }
            })
            .collect();
        let ctm = counts[0].result.clone().unwrap();
        let home = |name: &str, generated, cost_usd, counts| HomeCounts {
            name: name.to_owned(),
            what: "made up".to_owned(),
            generated,
            bytes: 4_000_000,
            truth: Truth { responses: 3, count: Count { cost_usd, ..ctm.clone() } },
            counts,
        };
        let failed = ProgramCount { name: "ccost".to_owned(), result: Err("it ended with 1".to_owned()) };
        let real = home("real", false, Some(0.75), vec![counts[0].clone(), failed]);
        let (ordinary, expected) = (ctm.days["2026-01-01"], ctm.days["2026-01-03"]);
        let mut case = CaseCounts { name: "unusual".to_owned(), ordinary, expected, counts: Vec::new() };
        case.counts.push(ProgramCount { name: CTM.to_owned(), result: Ok(case.truth()) });
        Accuracy {
            date: "2026-11-28".to_owned(),
            seed: 3,
            programs: vec![Program {
                name: CTM.to_owned(),
                version: "0.1.0".to_owned(),
                origin: "this repository".to_owned(),
                command: "ctm daily --json".to_owned(),
            }],
            left_out: vec![LeftOut { name: "ccstats".to_owned(), reason: "no compiler".to_owned() }],
            homes: vec![home("made", true, None, counts), real],
            cases: vec![case],
        }
    }

    #[test]
    fn an_inexact_ctm_is_not_published() {
        let mut accuracy = accuracy();
        accuracy.require_exact().unwrap();
        let ctm = accuracy.homes[0].counts[0].result.as_mut().unwrap();
        ctm.add("2026-01-01", Tokens { output: 1, ..Tokens::default() });
        assert_eq!(accuracy.require_exact().unwrap_err().to_string(), "ctm is not exact on the home `made`");
        accuracy.homes.clear();
        accuracy.cases[0].counts[0].result = Err("it ended with 1".to_owned());
        let error = accuracy.require_exact().unwrap_err().to_string();
        assert_eq!(error, "ctm is not exact on the home `unusual`");
    }

    #[test]
    fn counts_survive_their_file() {
        let accuracy = accuracy();
        let folder = tempfile::tempdir().unwrap();
        let path = folder.path().join("counts.json");
        fs::write(&path, serde_json::to_vec(&accuracy).unwrap()).unwrap();
        assert_eq!(read(&path).unwrap(), accuracy);
    }

    #[test]
    fn only_homes_with_an_answer_are_collections() {
        let folder = tempfile::tempdir().unwrap();
        for name in ["b", "a", "none"] {
            fs::create_dir(folder.path().join(name)).unwrap();
        }
        for name in ["b", "a"] {
            fs::write(folder.path().join(name).join("golden.json"), "{}").unwrap();
        }
        let found = collections(folder.path()).unwrap();
        assert_eq!(found, [folder.path().join("a"), folder.path().join("b")]);
    }

    #[test]
    fn every_pinned_version_is_explained() {
        let page = fs::read_to_string(Repository::here().root.join("docs/accuracy.md")).unwrap();
        for rival in &RIVALS {
            let heading = format!("### {} {}\n", rival.name, rival.version);
            assert!(page.contains(&heading), "docs/accuracy.md explains no {}", heading.trim_end());
        }
    }
}
