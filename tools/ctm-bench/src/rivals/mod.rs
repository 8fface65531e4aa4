//! Other programs that count the usage of Claude Code, from package registries.
//!
//! [`install`] installs each at a pinned version with the client of its registry, [`reports`] parses its output.
//!
//! # Design
//!
//! Each is run as its own documentation recommends for a report by day, with its built-in prices. It has no access to
//! homes of this machine or to the network: its home directory is temporary, the Claude home is set by
//! `CLAUDE_CONFIG_DIR`, and proxies lead to a closed port. All report UTC days, like the known content.

mod install;
mod reports;

use crate::count::Count;
use crate::measure::{self, Run};
use anyhow::{Context, Result};
use ctm_harness::process;
use ctm_harness::repository::Repository;
use reports::Read;
use std::path::{Path, PathBuf};
use std::process::Command;

pub(crate) use reports::ctm as read_ctm;

/// Where a program comes from.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Registry {
    Npm,
    Crates,
    PyPi,
}

impl Registry {
    /// Returns its common name.
    pub(crate) fn name(self) -> &'static str {
        match self {
            Self::Npm => "npm",
            Self::Crates => "crates.io",
            Self::PyPi => "PyPI",
        }
    }
}

/// A program to compare with.
#[derive(Debug)]
pub(crate) struct Rival {
    pub(crate) name: &'static str,
    pub(crate) version: &'static str,
    pub(crate) registry: Registry,
    /// Path of the program below its installation folder.
    program: &'static str,
    /// Its arguments; `HOME` is the Claude home, `OUT` the file that it writes, and `DAYS` [`CLAUDE_MONITOR_DAYS`].
    args: &'static str,
    /// Parses its report.
    read: Read,
}

/// Prints the days of claude-monitor. Its own daily view is a table on a screen that waits for Ctrl+C.
const CLAUDE_MONITOR_DAYS: &str = "import json, sys; from claude_monitor.data.aggregator import UsageAggregator; \
     print(json.dumps(UsageAggregator(sys.argv[1], 'daily', 'UTC').aggregate(), default=list))";

/// All programs, in the order of display.
pub(crate) const RIVALS: [Rival; 5] = [
    Rival {
        name: "ccusage",
        version: "20.0.24",
        registry: Registry::Npm,
        program: "node_modules/.bin/ccusage",
        args: "claude daily --json --offline --timezone UTC",
        read: reports::ccusage,
    },
    Rival {
        name: "ccost",
        version: "0.6.1",
        registry: Registry::Crates,
        program: "bin/ccost",
        args: "--claude-dir HOME --per day --tz UTC --cost decimal --output json --filename OUT",
        read: reports::ccost,
    },
    Rival {
        name: "ccstats",
        version: "0.11.1",
        registry: Registry::Crates,
        program: "bin/ccstats",
        args: "daily --source claude --json --offline --no-cache --timezone UTC",
        read: reports::days,
    },
    Rival {
        name: "cctrack",
        version: "0.11.0",
        registry: Registry::PyPi,
        program: "bin/cctrack",
        args: "--agent claude --dirs HOME/projects --since 2000-01-01 --bucket day --json",
        read: reports::cctrack,
    },
    Rival {
        name: "claude-monitor",
        version: "4.0.0",
        registry: Registry::PyPi,
        program: "bin/python",
        args: "-c DAYS HOME/projects",
        read: reports::days,
    },
];

/// Proxy of every rival: nothing listens on the discard port.
const NO_NETWORK: &str = "http://127.0.0.1:9";

impl Rival {
    /// Returns the command as typed in a shell, with `HOME` for the Claude home.
    pub(crate) fn shown(&self) -> String {
        let program = self.program.rsplit('/').next().unwrap_or(self.program);
        format!("{program} {}", self.args.replace("DAYS", &format!("\"{CLAUDE_MONITOR_DAYS}\"")))
    }
}

/// An installed rival.
#[derive(Debug)]
pub(crate) struct Installed {
    pub(crate) rival: &'static Rival,
    folder: PathBuf,
}

/// A rival that could not be installed, with the reason.
#[derive(Debug, Clone, PartialEq, Eq, serde::Serialize, serde::Deserialize)]
pub(crate) struct LeftOut {
    pub(crate) name: String,
    pub(crate) reason: String,
}

/// Installs all rivals below the build folder unless they are there; one that cannot be installed is left out.
pub(crate) fn installed(repository: &Repository) -> Result<(Vec<Installed>, Vec<LeftOut>)> {
    let cache = repository.target()?.join("rivals");
    let (mut there, mut left_out) = (Vec::new(), Vec::new());
    for rival in &RIVALS {
        match install::install(rival, &cache) {
            Ok(folder) => there.push(Installed { rival, folder }),
            Err(error) => {
                let reason = format!("{error:#}");
                eprintln!("left out: {} {}: {reason}", rival.name, rival.version);
                left_out.push(LeftOut { name: rival.name.to_owned(), reason });
            }
        }
    }
    Ok((there, left_out))
}

impl Installed {
    /// Runs it on a home, and returns the run and its count.
    pub(crate) fn count(&self, home: &Path) -> Result<(Run, Count)> {
        let folder = tempfile::tempdir()?;
        let out = folder.path().join("out.json");
        let mut command = self.command(folder.path(), home, &out);
        let mut run = measure::run(&mut command)?;
        if out.exists() {
            run.output = std::fs::read(&out)?;
        }
        let count = (self.rival.read)(&run.output);
        let count = count.with_context(|| format!("`{}` printed no report", process::shown(&command)))?;
        Ok((run, count))
    }

    fn command(&self, folder: &Path, home: &Path, out: &Path) -> Command {
        let mut command = Command::new(self.folder.join(self.rival.program));
        for arg in self.rival.args.split(' ') {
            match (arg, arg.strip_prefix("HOME")) {
                ("OUT", _) => command.arg(out),
                ("DAYS", _) => command.arg(CLAUDE_MONITOR_DAYS),
                (_, Some("")) => command.arg(home),
                (_, Some(rest)) => command.arg(home.join(rest.trim_start_matches('/'))),
                _ => command.arg(arg),
            };
        }
        for (name, _) in std::env::vars_os() {
            let foreign = ["CCUSAGE", "CCTRACK", "CLAUDE", "XDG_", "PYTHON", "NODE_"];
            if foreign.iter().any(|prefix| name.to_string_lossy().starts_with(prefix)) {
                command.env_remove(name);
            }
        }
        for name in ["http_proxy", "https_proxy", "HTTP_PROXY", "HTTPS_PROXY", "ALL_PROXY"] {
            command.env(name, NO_NETWORK);
        }
        command.env("HOME", folder).env("TZ", "UTC").env("CLAUDE_CONFIG_DIR", home).current_dir(folder);
        command
    }
}

#[cfg(test)]
pub(crate) mod tests {
    pub(crate) use super::reports::tests::recorded;
    use super::*;
    use std::ffi::OsStr;

    fn installed(name: &str) -> Installed {
        let rival = RIVALS.iter().find(|rival| rival.name == name).unwrap();
        Installed { rival, folder: PathBuf::from("/cache") }
    }

    #[test]
    fn no_rival_finds_this_machine_or_the_network() {
        for rival in &RIVALS {
            let command =
                installed(rival.name).command(Path::new("/t"), Path::new("/made"), Path::new("/t/o"));
            let variable = |name: &str| {
                command.get_envs().find(|(known, _)| *known == OsStr::new(name)).and_then(|(_, value)| value)
            };
            assert_eq!(variable("HOME"), Some(OsStr::new("/t")), "{}", rival.name);
            assert_eq!(variable("CLAUDE_CONFIG_DIR"), Some(OsStr::new("/made")), "{}", rival.name);
            assert_eq!(variable("HTTPS_PROXY"), Some(OsStr::new(NO_NETWORK)), "{}", rival.name);
            assert_eq!(command.get_current_dir(), Some(Path::new("/t")), "{}", rival.name);
        }
    }

    #[test]
    fn places_are_filled_into_arguments() {
        let args = |name: &str| {
            let command = installed(name).command(Path::new("/t"), Path::new("/made"), Path::new("/t/o"));
            command.get_args().map(|arg| arg.to_string_lossy().into_owned()).collect::<Vec<_>>()
        };
        let ccost = args("ccost");
        assert_eq!((ccost[1].as_str(), ccost.last().unwrap().as_str()), ("/made", "/t/o"));
        assert_eq!(args("claude-monitor"), ["-c", CLAUDE_MONITOR_DAYS, "/made/projects"]);
    }
}
