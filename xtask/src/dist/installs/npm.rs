//! The packages of npm: the main one with that of this platform.

use super::super::release::NAME;
use super::Version;
use anyhow::{Context, Result, ensure};
use ctm_corpus::{Plan, generate};
use ctm_harness::home::UNTIL_MS;
use ctm_harness::process;
use ctm_harness::ready;
use ctm_harness::server::{self, Server};
use std::fs;
use std::path::Path;
use std::process::Command;

/// Exit code of `ctm` for a wrong argument.
const WRONG_ARGUMENT: i32 = 2;

/// Installs, runs, upgrades and removes the packages.
pub(super) fn test(versions: &[Version; 2], folder: &Path) -> Result<()> {
    fs::create_dir_all(folder)?;
    fs::write(folder.join("package.json"), "{\"private\": true}")?;
    let program = process::find("npm").context("npm, which comes with Node.js, is not there")?;
    let npm = |args: &[&str]| {
        let mut npm = Command::new(&program);
        // Without a registry: packages of other platforms are optional, and missing here as they are there.
        npm.args(args)
            .args(["--offline", "--no-audit", "--no-fund", "--loglevel", "error"])
            .current_dir(folder);
        npm
    };
    let modules = folder.join("node_modules");
    let start = modules.join(".bin/ctm").with_extension(if cfg!(windows) { "cmd" } else { "" });
    let [os, cpu] = platform()?;
    let of_platform = format!("{NAME}-{os}-{cpu}");
    for version in versions {
        let main = version.package(&format!("{NAME}-{}.tgz", version.name))?;
        let other = version.package(&format!("{of_platform}-{}.tgz", version.name))?;
        process::run(npm(&["install"]).arg(main).arg(other))?;
        let installed = fs::read_to_string(modules.join(NAME).join("package.json"))?;
        ensure!(installed.contains(&format!("\"version\": \"{}\"", version.name)), "npm has `{installed}`");
        let printed = process::output(Command::new(&start).arg("--version"))?;
        ensure!(printed.starts_with("ctm"), "`ctm --version` prints `{printed}`");
    }
    let status = Command::new(&start).arg("--no-such-option").output()?.status;
    ensure!(status.code() == Some(WRONG_ARGUMENT), "a wrong argument ends with {status}");
    #[cfg(unix)]
    signals(&start, folder)?;
    fs::remove_dir_all(modules.join(&of_platform))?;
    let output = Command::new(&start).output()?;
    let error = String::from_utf8_lossy(&output.stderr);
    ensure!(
        output.status.code() == Some(1) && error.contains("--omit=optional"),
        "without the package: {error}"
    );
    process::run(npm(&["uninstall", NAME]).arg(&of_platform))?;
    ensure!(!modules.join(NAME).exists() && !start.exists(), "npm did not remove the package");
    println!("npm: installed, run, ended by a signal, upgraded, removed");
    Ok(())
}

/// Returns what Node.js calls this platform.
fn platform() -> Result<[String; 2]> {
    let printed =
        process::output(Command::new("node").args(["-p", "`${process.platform} ${process.arch}`"]))?;
    let (os, cpu) = printed.trim().split_once(' ').context("node names its platform")?;
    Ok([os.to_owned(), cpu.to_owned()])
}

/// Ends a server by a signal to the script, which must end with it, as the server does.
#[cfg(unix)]
fn signals(start: &Path, folder: &Path) -> Result<()> {
    let home = folder.join("claude");
    generate(&Plan::demo(1, UNTIL_MS), &home)?;
    let server = Server::start(&mut server::serving(start, folder, &home))?;
    ready::wait_until_live(&server)?;
    server.stop()?;
    Ok(())
}
