//! Every command of the command line, with the arguments that it needs.
//!
//! The list is taken from the program, so that new commands are included: a command that requires arguments
//! and has none here fails with a usage error.

use crate::place::Place;
use clap::Command;
use rustix::fs::{CWD, FileType, Mode, mknodat};
use std::path::Path;

/// Returns all commands but `serve` and `watch`, which end when they are asked to, and `push`, another program; files that they write
/// or read lie in the place.
pub(crate) fn that_end(place: &Place) -> Vec<Vec<String>> {
    let mut commands = Vec::new();
    collect(&ctm::cli::command(), &[], &mut commands);
    let own = |name: &str| place.path().join(name).to_str().unwrap().to_owned();
    for command in &mut commands {
        let words: Vec<&str> = command.iter().map(String::as_str).collect();
        let arguments = match words[..] {
            ["by"] => vec!["skill".to_owned()],
            ["compare"] => vec!["version".to_owned()],
            ["completions"] => vec!["bash".to_owned()],
            ["db", "backup"] => vec![own("backup.db"), "--force".to_owned()],
            ["db", "forget"] => ["--project", "/home/u/shop", "--dry-run"].map(str::to_owned).into(),
            ["db", "remember"] => vec!["--all".to_owned()],
            ["db", "restore"] => vec![own("backup.db")],
            ["explain"] => vec!["2026-03-11".to_owned()],
            ["export"] => vec!["--dataset".to_owned(), "responses".to_owned()],
            ["export", "facts"] => vec!["-o".to_owned(), own("facts.gz"), "--force".to_owned()],
            // A server of this machine may listen on the usual port; on the first one none does.
            ["healthcheck"] => ["--port", "1"].map(str::to_owned).into(),
            // What was just exported: it is of this machine itself, and left out.
            ["import", "facts"] => vec![own("facts.gz")],
            ["note", "add"] => vec!["a new model".to_owned()],
            // The id of a note differs from run to run.
            ["note", "list"] => ["--to", "2000-01-01"].map(str::to_owned).into(),
            ["prices", "check"] => vec![own("own.toml")],
            ["prices", "show"] => vec!["claude-sonnet-4-5".to_owned()],
            ["receipt"] => ["--branch", "main"].map(str::to_owned).into(),
            ["prove"] => {
                let to = own("bundle.json");
                ["--session", "11111111-1111-4111-8111-111111111111", "--force", "-o", &to]
                    .map(str::to_owned)
                    .into()
            }
            ["sql"] => vec!["SELECT 1".to_owned()],
            // What was just written.
            ["verify"] => vec![own("bundle.json")],
            ["what-if"] => ["--cache", "none"].map(str::to_owned).into(),
            _ => Vec::new(),
        };
        command.extend(arguments);
    }
    commands
        .retain(|command| !matches!(command.first().map(String::as_str), Some("serve" | "watch" | "push")));
    // A note or link has an id that is not known before, and a new link an address that differs from run to run. A budget is
    // added once.
    let unknown = [
        ["note", "remove"],
        ["link", "add"],
        ["link", "remove"],
        ["machines", "remove"],
        ["team", "invite"],
        ["team", "revoke"],
        ["alert", "add"],
        ["alert", "remove"],
        ["alert", "test"],
        ["budget", "add"],
        ["budget", "remove"],
        ["budget", "history"],
    ];
    commands.retain(|command| !unknown.iter().any(|words| command.iter().take(2).eq(words)));
    assert!(commands.len() > 20, "{commands:?}");
    commands
}

/// Collects a command that can be run, and those below it.
fn collect(command: &Command, words: &[String], commands: &mut Vec<Vec<String>>) {
    if !command.is_subcommand_required_set() {
        commands.push(words.to_vec());
    }
    for below in command.get_subcommands().filter(|below| below.get_name() != "help") {
        collect(below, &[words, &[below.get_name().to_owned()]].concat(), commands);
    }
}

/// Input of `ctm statusline`.
pub(crate) const SESSION: &str =
    r#"{"session_id":"11111111-1111-4111-8111-111111111111","model":{"id":"m","display_name":"Model"}}"#;

/// Makes a pipe.
pub(crate) fn make_pipe(path: &Path) {
    std::fs::create_dir_all(path.parent().unwrap()).unwrap();
    mknodat(CWD, path, FileType::Fifo, Mode::RUSR | Mode::WUSR, 0).unwrap();
}
