//! The packages of npm, from a registry of their own on this machine.

use super::super::release::NAME;
use super::Version;
use anyhow::{Context, Result, ensure};
use ctm_harness::process;
use std::fs;
use std::io::{BufRead, BufReader};
use std::path::{Path, PathBuf};
use std::process::{Child, Command, Stdio};

/// The registry.
const REGISTRY: &str = include_str!("registry.mjs");

/// Exit code of `ctm` for a wrong argument.
const WRONG_ARGUMENT: i32 = 2;

/// Installs, runs, upgrades and removes the packages.
pub(super) fn test(versions: &[Version; 2], folder: &Path) -> Result<()> {
    fs::create_dir_all(folder)?;
    fs::write(folder.join("package.json"), "{\"private\": true}")?;
    let registry = Registry::start(versions, folder)?;
    let modules = folder.join("node_modules");
    let start = modules.join(".bin/ctm").with_extension(if cfg!(windows) { "cmd" } else { "" });
    for version in versions {
        process::run(registry.call("npm", folder)?.args(["install", &format!("{NAME}@{}", version.name)]))?;
        let installed = fs::read_to_string(modules.join(NAME).join("package.json"))?;
        ensure!(installed.contains(&format!("\"version\": \"{}\"", version.name)), "npm has `{installed}`");
        prints_version(Command::new(&start))?;
    }
    let mut of_platform = others(&modules)?;
    ensure!(of_platform.len() == 1, "packages of several platforms are installed: {of_platform:?}");
    let status = Command::new(&start).arg("--no-such-option").output()?.status;
    ensure!(status.code() == Some(WRONG_ARGUMENT), "a wrong argument ends with {status}");
    #[cfg(unix)]
    signals(&start, folder)?;
    fs::remove_dir_all(of_platform.remove(0))?;
    let output = Command::new(&start).output()?;
    let error = String::from_utf8_lossy(&output.stderr);
    ensure!(
        output.status.code() == Some(1) && error.contains("--omit=optional"),
        "without the package: {error}"
    );
    process::run(registry.call("npm", folder)?.args(["uninstall", NAME]))?;
    ensure!(!modules.join(NAME).exists() && !start.exists(), "npm did not remove the package");
    let elsewhere = folder.join("elsewhere");
    fs::create_dir(&elsewhere)?;
    prints_version(registry.call("npx", &elsewhere)?.args(["--yes", NAME]))?;
    println!("npm: installed, run, ended by a signal, upgraded, removed, run by npx");
    Ok(())
}

fn prints_version(mut command: impl std::borrow::BorrowMut<Command>) -> Result<()> {
    let printed = process::output(command.borrow_mut().arg("--version"))?;
    ensure!(printed.starts_with("ctm"), "`--version` prints `{printed}`");
    Ok(())
}

/// Returns the folders of the packages of platforms.
fn others(modules: &Path) -> Result<Vec<PathBuf>> {
    let entries = fs::read_dir(modules)?.collect::<Result<Vec<_>, _>>()?;
    let is_other = |path: &PathBuf| {
        let name = path.file_name().unwrap_or_default().to_string_lossy();
        name.strip_prefix(NAME).is_some_and(|rest| rest.starts_with('-'))
    };
    Ok(entries.into_iter().map(|entry| entry.path()).filter(is_other).collect())
}

/// A registry with the packages of both versions; it ends with its owner.
struct Registry {
    _node: Child,
    address: String,
}

impl Registry {
    fn start(versions: &[Version; 2], folder: &Path) -> Result<Self> {
        let script = folder.join("registry.mjs");
        fs::write(&script, REGISTRY)?;
        let folders = versions.iter().filter_map(|version| version.files.first()?.parent());
        let mut node = Command::new("node");
        node.arg(&script).args(folders).stdin(Stdio::piped()).stdout(Stdio::piped());
        let mut node = node.spawn().context("cannot start `node`")?;
        let mut address = String::new();
        let stdout = node.stdout.take().context("stdout is piped")?;
        BufReader::new(stdout).read_line(&mut address)?;
        ensure!(address.starts_with("http://"), "the registry did not start");
        Ok(Self { _node: node, address: address.trim().to_owned() })
    }

    /// Returns a call of npm or npx that asks this registry alone.
    fn call(&self, program: &str, folder: &Path) -> Result<Command> {
        let found = process::find(program)
            .with_context(|| format!("{program}, which comes with Node.js, is not there"))?;
        let mut command = Command::new(found);
        command.args(["--registry", &self.address, "--cache"]).arg(folder.join("cache"));
        command.args(["--no-audit", "--no-fund", "--no-update-notifier", "--loglevel", "error"]);
        command.env("NO_PROXY", "*").env("npm_config_noproxy", "*").current_dir(folder);
        Ok(command)
    }
}

/// Ends a server by a signal to the script, which must end with it, as the server does.
#[cfg(unix)]
fn signals(start: &Path, folder: &Path) -> Result<()> {
    use ctm_corpus::{Plan, generate};
    use ctm_harness::{home::UNTIL_MS, ready, server};
    let home = folder.join("claude");
    generate(&Plan::demo(1, UNTIL_MS), &home)?;
    let server = server::Server::start(&mut server::serving(start, folder, &home))?;
    ready::wait_until_live(&server)?;
    server.stop()?;
    Ok(())
}
