//! `cargo xtask bindings`: the packages for Python and Node, as others receive them.
//!
//! - [`python`]: the wheel, by maturin;
//! - [`node`]: the package of npm.
//!
//! # Design
//!
//! Both are built without optimisation, installed where nothing else is, and used by a program in each language. What a
//! program prints of homes with known totals must be these totals, and the same in both languages. They have a target folder
//! of their own: Python's build sets what would compile its library again in turns with the workspace.

mod node;
mod python;

use crate::totals;
use anyhow::{Context, Result, ensure};
use ctm_corpus::{Plan, generate};
use ctm_harness::home::UNTIL_MS;
use ctm_harness::repository::Repository;
use serde_json::Value;
use std::fs;
use std::path::{Path, PathBuf};
use std::process::Command;

/// Lines of a transcript of which none is a response.
const BROKEN: &str = "{}\n[]\nnot JSON\nnor this\n";

/// Builds the packages for Python and Node, and uses them in a program of each language.
///
/// The programs print the totals of a generated home, and of each home in the folder that the environment variable
/// `CTM_CORPORA` names. Python and what builds its package are installed below the target folder. `cargo xtask test`
/// includes it.
#[derive(clap::Args)]
pub(crate) struct Args {
    /// Builds the packages for a release into this folder in place of the tests
    #[arg(long, value_name = "DIR")]
    out: Option<PathBuf>,
}

/// Which packages are built, and where.
struct Build<'a> {
    repository: &'a Repository,
    /// Folder of what is compiled.
    target: PathBuf,
    is_release: bool,
}

/// What the programs read.
struct Homes {
    known: Vec<totals::KnownHome>,
    /// A home with lines that cannot be used.
    broken: PathBuf,
    /// A path without a folder.
    missing: PathBuf,
    /// The folder of a user, whose `.claude` the examples read.
    user: PathBuf,
    /// Responses in it.
    responses: u64,
}

/// Builds the packages, and tests them unless they are for a release.
pub(crate) fn run(repository: &Repository, args: &Args) -> Result<()> {
    let target = repository.target()?.join("tools/bindings");
    let build = Build { repository, target, is_release: args.out.is_some() };
    if let Some(out) = &args.out {
        let out = repository.root.join(out);
        fs::create_dir_all(&out)?;
        python::wheel(&build, &out)?;
        return node::package(&build, &out.join("node"));
    }
    let temporary = tempfile::tempdir()?;
    let folder = temporary.path();
    let homes = Homes::create(folder)?;
    let python = python::Installed::create(&build, &folder.join("python"))?;
    let node = node::Installed::create(&build, &folder.join("node"))?;
    python.check(&homes)?;
    node.check(&homes)?;
    for home in &homes.known {
        let [one, other] = [python.totals(&home.path)?, node.totals(&home.path)?];
        home.check("totals", &one["totals"])?;
        home.check_each("by_model", &one["by_model"])?;
        home.check_each("by_session", &one["by_session"])?;
        ensure!(one == other, "`{}`: Python has {one}, and Node {other}", home.path.display());
        println!("{}", one["totals"]);
    }
    Ok(())
}

impl Build<'_> {
    /// Sets where something is compiled, and with how much.
    fn settings<'c>(&self, command: &'c mut Command) -> &'c mut Command {
        command.env("CARGO_TARGET_DIR", &self.target).env("CARGO_PROFILE_DEV_DEBUG", "false");
        // Maturin calls cargo without the linter, and both would compile the same crates.
        command.env_remove("RUSTC_WORKSPACE_WRAPPER");
        if self.is_release { command.arg("--release") } else { command }
    }
}

impl Homes {
    fn create(folder: &Path) -> Result<Self> {
        let user = folder.join("user");
        let answer = generate(&Plan::tangled(1, 200_000, UNTIL_MS), &user.join(".claude"))?;
        let broken = folder.join("broken");
        fs::create_dir_all(broken.join("projects/-home-me-app"))?;
        fs::write(broken.join("projects/-home-me-app/s.jsonl"), BROKEN)?;
        let responses = answer.totals.responses;
        Ok(Self { known: totals::homes(folder)?, broken, missing: folder.join("missing"), user, responses })
    }

    /// Returns the homes that the programs for faults read.
    fn of_faults(&self) -> [&Path; 3] {
        [&self.known[0].path, &self.broken, &self.missing]
    }

    /// Checks what the examples of a README printed: the first the responses of the user, the second the price `cost`.
    fn check_examples(&self, printed: &[String], cost: &str) -> Result<()> {
        let responses = format!("{} responses\n", self.responses);
        for (printed, expected) in printed.iter().zip([responses.as_str(), cost]) {
            ensure!(printed.contains(expected), "an example prints\n{printed}\nwithout {expected}");
        }
        ensure!(printed.len() == 2, "the README has {} examples", printed.len());
        Ok(())
    }
}

/// Writes the examples of a README in a language as files of `folder`, and returns these.
fn examples(readme: &str, language: &str, folder: &Path, extension: &str) -> Result<Vec<PathBuf>> {
    let begin = format!("```{language}\n");
    let blocks = readme.split(&begin).skip(1).filter_map(|rest| rest.split_once("\n```"));
    let mut files = Vec::new();
    for (number, (block, _)) in blocks.enumerate() {
        let file = folder.join(format!("example_{number}.{extension}"));
        fs::write(&file, format!("{block}\n"))?;
        files.push(file);
    }
    Ok(files)
}

/// Returns what a program printed as JSON.
fn json(output: &str) -> Result<Value> {
    serde_json::from_str(output).context("output of the program")
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn examples_of_one_language_are_files() {
        let folder = tempfile::tempdir().unwrap();
        let readme = "# a\n```js\nlet a;\n```\n```python\na = 1\nb\n```\nb\n```js\nb();\n```\n";
        let files = examples(readme, "js", folder.path(), "mjs").unwrap();
        let texts: Vec<_> = files.iter().map(|file| fs::read_to_string(file).unwrap()).collect();
        assert_eq!(texts, ["let a;\n", "b();\n"]);
    }
}
