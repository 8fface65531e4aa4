//! `cargo xtask plugin`: the plugins of Claude Code, with every command that they run.
//!
//! # Design
//!
//! A plugin is text that names commands of the program, which can be renamed without it. So every command is executed on a
//! generated home: it exists, its options are understood, and it succeeds, because Claude Code shows a command whose shell
//! fails as an error. The form of the files is what Claude Code validates itself (docs/plugin.md).

use anyhow::{Context, Result, ensure};
use ctm_corpus::{Plan, generate};
use ctm_harness::repository::Repository;
use ctm_harness::{clock, process, server};
use serde::Deserialize;
use serde_json::Value;
use std::fs;
use std::path::{Path, PathBuf};
use std::process::Stdio;

/// The list of plugins, where Claude Code looks for it in a repository.
const MARKETPLACE: &str = ".claude-plugin/marketplace.json";

/// Manifest of a plugin, in its folder.
const MANIFEST: &str = ".claude-plugin/plugin.json";

/// The program that every command starts.
const PROGRAM: &str = "ctm";

/// Runs every command of the plugins of Claude Code, on a generated home.
///
/// `cargo xtask test` includes it.
#[derive(clap::Args)]
pub(crate) struct Args {
    /// The program [default: built for the tests]
    #[arg(long, value_name = "FILE")]
    program: Option<PathBuf>,
}

#[derive(Deserialize)]
struct Marketplace {
    plugins: Vec<Listed>,
}

#[derive(Deserialize)]
struct Listed {
    name: String,
    source: String,
}

#[derive(Deserialize)]
struct Manifest {
    name: String,
    version: String,
}

/// Runs every command of every plugin.
pub(crate) fn run(repository: &Repository, args: &Args) -> Result<()> {
    let program = match &args.program {
        Some(program) => program.canonicalize().context("cannot find the program")?,
        None => server::built(repository)?,
    };
    let temporary = tempfile::tempdir()?;
    let home = temporary.path().join("claude");
    generate(&Plan::demo(1, clock::now_ms()), &home)?;
    let commands = commands(&repository.root)?;
    for (file, words) in &commands {
        let mut command = server::isolated(&program, temporary.path());
        command.args(words).env("CTM_CLAUDE_DIR", &home).stdin(Stdio::null()).stdout(Stdio::null());
        process::run(&mut command).with_context(|| format!("`{}` of {file}", shown(words)))?;
    }
    println!("{} commands of plugins", commands.len());
    Ok(())
}

fn shown(words: &[String]) -> String {
    [&[PROGRAM.to_owned()], words].concat().join(" ")
}

/// Returns the commands of all plugins, each with the file that has it, and without the name of the program.
fn commands(root: &Path) -> Result<Vec<(String, Vec<String>)>> {
    let mut commands = Vec::new();
    for plugin in plugins(root)? {
        let mut add = |file: &Path, lines: Vec<String>| -> Result<()> {
            for line in lines {
                let mut words = line.split_whitespace().map(str::to_owned);
                ensure!(words.next().as_deref() == Some(PROGRAM), "{}: `{line}`", file.display());
                commands.push((file.display().to_string(), words.collect()));
            }
            Ok(())
        };
        for file in files(&plugin.join("commands"))? {
            add(&file, lines_of_command(&fs::read_to_string(&file)?))?;
        }
        let hooks = plugin.join("hooks/hooks.json");
        if hooks.is_file() {
            add(&hooks, lines_of_hooks(&json(&hooks)?))?;
        }
        let servers = plugin.join(".mcp.json");
        if servers.is_file() {
            add(&servers, lines_of_servers(&json(&servers)?))?;
        }
    }
    Ok(commands)
}

/// Returns the folders of the plugins, whose names and versions must agree with the marketplace and the program.
fn plugins(root: &Path) -> Result<Vec<PathBuf>> {
    let marketplace: Marketplace = json(&root.join(MARKETPLACE))?;
    let check = |listed: Listed| {
        let folder = root.join(listed.source.trim_start_matches("./"));
        let manifest: Manifest = json(&folder.join(MANIFEST))?;
        let expected = (&*listed.name, env!("CARGO_PKG_VERSION"));
        let found = (&*manifest.name, &*manifest.version);
        ensure!(
            found == expected,
            "{} has {found:?}, expected {expected:?}",
            folder.join(MANIFEST).display()
        );
        Ok(folder)
    };
    marketplace.plugins.into_iter().map(check).collect()
}

fn json<T: for<'a> Deserialize<'a>>(file: &Path) -> Result<T> {
    let text = fs::read(file).with_context(|| format!("cannot read `{}`", file.display()))?;
    serde_json::from_slice(&text).with_context(|| file.display().to_string())
}

/// Returns the files of a folder in order, or none if there is no such folder.
fn files(folder: &Path) -> Result<Vec<PathBuf>> {
    let entries = if folder.is_dir() { fs::read_dir(folder)?.collect() } else { Vec::new() };
    let mut files = entries.into_iter().map(|entry| Ok(entry?.path())).collect::<Result<Vec<_>>>()?;
    files.sort();
    Ok(files)
}

/// Returns what a command has the shell execute: what is between `` !` `` and `` ` ``.
fn lines_of_command(text: &str) -> Vec<String> {
    let parts = text.split("!`").skip(1);
    parts.filter_map(|part| Some(part.split_once('`')?.0.to_owned())).collect()
}

fn lines_of_hooks(hooks: &Value) -> Vec<String> {
    let events = hooks["hooks"].as_object().into_iter().flat_map(|events| events.values());
    let matchers = events.filter_map(Value::as_array).flatten();
    let hooks = matchers.filter_map(|matcher| matcher["hooks"].as_array()).flatten();
    hooks.filter_map(|hook| Some(hook["command"].as_str()?.to_owned())).collect()
}

fn lines_of_servers(servers: &Value) -> Vec<String> {
    let servers = servers["mcpServers"].as_object().into_iter().flat_map(|servers| servers.values());
    let line = |server: &Value| {
        let args = server["args"].as_array().into_iter().flatten();
        let words = std::iter::once(&server["command"]).chain(args).filter_map(Value::as_str);
        words.collect::<Vec<_>>().join(" ")
    };
    servers.map(line).collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_command_of_every_kind_of_file_is_found() {
        let root = Repository::here().root;
        let lines: Vec<_> = commands(&root).unwrap().iter().map(|(_, words)| shown(words)).collect();
        for line in ["ctm", "ctm why --range 7d", "ctm guard", "ctm mcp", "ctm statusline --install"] {
            assert!(lines.iter().any(|found| found == line), "{line}: {lines:?}");
        }
    }

    #[test]
    fn a_command_may_run_what_it_has_the_shell_execute() {
        for plugin in plugins(&Repository::here().root).unwrap() {
            for file in files(&plugin.join("commands")).unwrap() {
                let text = fs::read_to_string(&file).unwrap();
                let allowed = text.lines().find(|line| line.starts_with("allowed-tools: ")).unwrap();
                let lines = lines_of_command(&text);
                assert!(!lines.is_empty(), "{}", file.display());
                for line in lines {
                    let is_allowed =
                        allowed.split("Bash(").skip(1).filter_map(|rule| rule.split_once(')')).any(
                            |(rule, _)| match rule.strip_suffix(":*") {
                                Some(start) => line.starts_with(start),
                                None => line == rule,
                            },
                        );
                    assert!(is_allowed, "{}: `{line}` is not in `{allowed}`", file.display());
                }
            }
        }
    }

    #[test]
    fn another_name_and_another_version_are_found() {
        let check = |name: &str, version: &str, is_right: bool| {
            let place = tempfile::tempdir().unwrap();
            let root = place.path();
            fs::create_dir_all(root.join("plugins/a/.claude-plugin")).unwrap();
            fs::create_dir(root.join(".claude-plugin")).unwrap();
            let listed = r#"{"plugins": [{"name": "a", "source": "./plugins/a"}]}"#;
            fs::write(root.join(MARKETPLACE), listed).unwrap();
            let manifest = format!(r#"{{"name": "{name}", "version": "{version}"}}"#);
            fs::write(root.join("plugins/a").join(MANIFEST), manifest).unwrap();
            assert_eq!(plugins(root).is_ok(), is_right, "{name} {version}");
        };
        check("a", env!("CARGO_PKG_VERSION"), true);
        check("a", "99.0.0", false);
        check("b", env!("CARGO_PKG_VERSION"), false);
    }
}
