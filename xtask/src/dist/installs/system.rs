//! Packages for Debian and RPM, in a root of their own.

use super::super::release::NAME;
use super::{Version, nothing_left, run};
use anyhow::{Result, ensure};
use ctm_harness::process;
use std::fs;
use std::path::Path;
use std::process::Command;

/// Tags of lintian that are meant: a static program runs on every distribution, changes have the form of the project and not
/// that of Debian, and the project has no address for mail.
const MEANT: &str = "statically-linked-binary,no-changelog,malformed-contact";

/// What lintian fails for.
const FAILURES: &str = "error";

/// Installs, runs, upgrades and removes both kinds.
pub(super) fn test(versions: &[Version; 2], place: &Path) -> Result<()> {
    for version in versions {
        let mut lintian = Command::new("lintian");
        lintian.args([
            "--fail-on",
            FAILURES,
            "--suppress-tags",
            MEANT,
            "--allow-root",
            "--no-tag-display-limit",
        ]);
        process::run(lintian.arg(version.package(".deb")?))?;
    }
    if !is_root()? {
        println!("skipped: dpkg and rpm install as root alone");
        return Ok(());
    }
    debian(versions, &place.join("debian"))?;
    rpm(versions, &place.join("rpm"))
}

fn is_root() -> Result<bool> {
    Ok(process::output(Command::new("id").arg("--user"))?.trim() == "0")
}

fn debian(versions: &[Version; 2], root: &Path) -> Result<()> {
    let state = root.join("var/lib/dpkg");
    for folder in ["info", "updates"] {
        fs::create_dir_all(state.join(folder))?;
    }
    fs::write(state.join("status"), "")?;
    let dpkg = |args: &[&str], package: &Path| {
        let mut dpkg = Command::new("dpkg");
        dpkg.arg("--root").arg(root).args(["--log", "/dev/null"]).args(args);
        process::run(dpkg.arg(package))
    };
    for version in versions {
        dpkg(&["--install"], version.package(".deb")?)?;
        let mut query = Command::new("dpkg-query");
        query.arg("--admindir").arg(&state).args([
            "--show",
            "--showformat",
            "${db:Status-Status} ${Version}",
            NAME,
        ]);
        let installed = process::output(&mut query)?;
        ensure!(installed == format!("installed {}", version.name), "dpkg has `{installed}`");
        run(&root.join("usr/bin"))?;
    }
    dpkg(&["--purge"], NAME.as_ref())?;
    nothing_left(&root.join("usr"))?;
    println!("deb: installed, run, upgraded, removed");
    Ok(())
}

fn rpm(versions: &[Version; 2], root: &Path) -> Result<()> {
    fs::create_dir_all(root)?;
    let rpm = |args: &[&str]| {
        let mut rpm = Command::new("rpm");
        rpm.arg("--root").arg(root).args(args);
        rpm
    };
    process::run(&mut rpm(&["--initdb"]))?;
    for version in versions {
        let package = version.package(".rpm")?;
        // Digests are checked, signatures are not: there is none.
        process::run(rpm(&["--checksig", "--nosignature"]).arg(package))?;
        process::run(rpm(&["--upgrade", "--nosignature"]).arg(package))?;
        let installed = process::output(&mut rpm(&["--query", "--queryformat", "%{VERSION}", NAME]))?;
        ensure!(installed == version.name, "rpm has `{installed}`");
        process::run(&mut rpm(&["--verify", NAME]))?;
        run(&root.join("usr/bin"))?;
    }
    process::run(&mut rpm(&["--erase", NAME]))?;
    nothing_left(&root.join("usr"))?;
    println!("rpm: installed, run, upgraded, removed");
    Ok(())
}
