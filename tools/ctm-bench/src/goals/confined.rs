//! A first reading in little memory.
//!
//! The limit is a Linux control group, as for a container: beyond it the system reclaims page cache, and then kills the
//! program. This needs root, but no image.

use super::Args;
use super::reading::target;
use crate::goal::{Bound, Target};
use crate::homes::generated;
use crate::measure;
use crate::programs::Programs;
use crate::section::count;
use anyhow::{Context, Result};
use ctm_corpus::Plan;
use ctm_harness::answer::Checker;
use ctm_harness::home::UNTIL_MS;
use std::fs;
use std::path::{Path, PathBuf};
use std::process::Command;

/// Memory of the smallest supported container.
const LIMIT_BYTES: u64 = 64 << 20;

/// Measures a first reading of many responses within the limit; its answer has to be right.
pub(super) fn of_responses(args: &Args, programs: &Programs) -> Result<Vec<Target>> {
    let group = match Group::limited_to(LIMIT_BYTES) {
        Ok(group) => group,
        Err(error) => {
            eprintln!("skipped: confined, because no control group can be created: {error:#}");
            return Ok(Vec::new());
        }
    };
    let folder = tempfile::tempdir()?;
    let home = generated(&Plan::lean(args.seed, args.responses, UNTIL_MS), &folder.path().join("home"))?;
    let free = daily(programs, folder.path(), &home.path, "free.db");
    let confined = daily(programs, folder.path(), &home.path, "confined.db");
    let mut checker = Checker::new(home.answer.totals);
    let free = measure::run(&mut { free })?;
    checker.check(&free.output)?;
    let what = format!("{} responses in 64 MiB", count(home.answer.totals.responses));
    let confined = match measure::run(&mut group.command(&confined)) {
        Ok(run) => run,
        Err(error) => {
            eprintln!("{what}: {error:#}");
            return Ok(vec![target(&format!("{what}: complete"), 0.0, "of 1", Bound::AtLeast(1.0))]);
        }
    };
    checker.check(&confined.output)?;
    let slower = confined.wall.div_duration_f64(free.wall);
    Ok(vec![
        target(&format!("{what}: complete"), 1.0, "of 1", Bound::AtLeast(1.0)),
        target(&format!("{what}: time, compared with no limit"), slower, "×", Bound::Below(5.0)),
    ])
}

fn daily(programs: &Programs, folder: &Path, home: &Path, database: &str) -> Command {
    let mut command = programs.ctm(folder, home, ["daily", "--json"]);
    command.arg("--database").arg(folder.join(database));
    command
}

/// A control group, removed on drop.
struct Group {
    path: PathBuf,
}

/// Where control groups for memory are, and the file of their limit: version 2, and version 1.
const HIERARCHIES: [(&str, &str); 2] =
    [("/sys/fs/cgroup", "memory.max"), ("/sys/fs/cgroup/memory", "memory.limit_in_bytes")];

impl Group {
    fn limited_to(bytes: u64) -> Result<Self> {
        let version_1 = Path::new(HIERARCHIES[1].0).join(HIERARCHIES[1].1).exists();
        let (root, limit) = HIERARCHIES[usize::from(version_1)];
        let path = Path::new(root).join(format!("ctm-bench-{}", std::process::id()));
        fs::create_dir(&path).with_context(|| format!("cannot create `{}`", path.display()))?;
        let group = Self { path };
        fs::write(group.path.join(limit), bytes.to_string()).context("cannot limit memory")?;
        Ok(group)
    }

    /// Returns a call of the same program in the group.
    fn command(&self, command: &Command) -> Command {
        let mut confined = Command::new("sh");
        confined.args(["-c", "echo $$ > \"$0\" && exec \"$@\""]).arg(self.path.join("cgroup.procs"));
        confined.arg(command.get_program()).args(command.get_args());
        for (name, value) in command.get_envs() {
            match value {
                Some(value) => confined.env(name, value),
                None => confined.env_remove(name),
            };
        }
        command.get_current_dir().into_iter().for_each(|folder| {
            confined.current_dir(folder);
        });
        confined
    }
}

impl Drop for Group {
    fn drop(&mut self) {
        // A group that still has a process cannot be removed.
        let _ = fs::remove_dir(&self.path);
    }
}

#[cfg(all(test, unix))]
mod tests {
    use super::*;

    #[test]
    fn a_confined_command_is_the_same_command() {
        let folder = tempfile::tempdir().unwrap();
        let group = Group { path: folder.path().to_owned() };
        let mut command = Command::new("sh");
        command
            .args(["-c", "echo \"$1 $NAME $PWD\"", "sh", "two words"])
            .env("NAME", "value")
            .current_dir("/");
        let run = measure::run(&mut group.command(&command)).unwrap();
        assert_eq!(run.output, b"two words value /\n");
        let procs = fs::read_to_string(folder.path().join("cgroup.procs")).unwrap();
        assert!(procs.trim().parse::<u32>().is_ok(), "{procs}");
        // Otherwise the drop could not remove the folder.
        fs::remove_file(folder.path().join("cgroup.procs")).unwrap();
    }
}
