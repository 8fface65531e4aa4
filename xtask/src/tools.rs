//! Programs that the tests need and cargo does not build.

use crate::repository::Repository;
use crate::{process, web};
use anyhow::{Result, bail};
use std::path::PathBuf;
use std::process::{Command, Stdio};

/// The browser: a Debian package, and the program in it.
const CHROMIUM: &str = "chromium";

/// A Debian package with the characters that the page is shown in.
const CHINESE_FONT: &str = "fonts-noto-cjk";

/// The version of cargo-deny that is installed where there is none.
const CARGO_DENY: &str = "0.20.2";

/// Makes sure that Node is there and, for the browser tests, a browser; installs what it can.
pub(crate) fn require(browser: bool) -> Result<()> {
    if !web::has_node() {
        bail!("install {}", web::NODE);
    }
    if !browser {
        return Ok(());
    }
    let system = System::this();
    let missing = system.missing_packages();
    match system.remedy(&missing) {
        Remedy::None => Ok(()),
        Remedy::Install => install(&missing),
        Remedy::Tell(what) => bail!("{what}, or leave the browser tests out with --skip-browser"),
    }
}

/// Returns the browser for the tests: what the environment variable `CTM_CHROMIUM` names, or what
/// is on the search path.
pub(crate) fn chromium() -> Option<PathBuf> {
    std::env::var_os("CTM_CHROMIUM").map(PathBuf::from).or_else(|| process::find(CHROMIUM))
}

/// What decides how packages are installed.
struct System {
    debian: bool,
    root: bool,
}

#[derive(Debug, PartialEq, Eq)]
enum Remedy {
    None,
    Install,
    Tell(String),
}

impl System {
    fn this() -> Self {
        let release = std::fs::read_to_string("/etc/os-release").unwrap_or_default();
        Self { debian: release.lines().any(|line| line == "ID=debian"), root: is_root() }
    }

    fn missing_packages(&self) -> Vec<&'static str> {
        let mut missing = Vec::new();
        if chromium().is_none() {
            missing.push(CHROMIUM);
        }
        // Elsewhere fonts have other names; whether one is there shows in the tests.
        if self.debian && !is_installed(CHINESE_FONT) {
            missing.push(CHINESE_FONT);
        }
        missing
    }

    fn remedy(&self, missing: &[&str]) -> Remedy {
        let packages = missing.join(" ");
        match (missing, self) {
            ([], _) => Remedy::None,
            (_, Self { debian: true, root: true }) => Remedy::Install,
            (_, Self { debian: true, root: false }) => {
                Remedy::Tell(format!("run `sudo apt-get install --no-install-recommends {packages}`"))
            }
            (_, Self { debian: false, .. }) => Remedy::Tell(
                "install Chromium so that `chromium` starts it, and a font with Chinese characters"
                    .to_owned(),
            ),
        }
    }
}

#[cfg(unix)]
fn is_root() -> bool {
    rustix::process::geteuid().is_root()
}

#[cfg(not(unix))]
fn is_root() -> bool {
    false
}

fn is_installed(package: &str) -> bool {
    let query = ["--show", "--showformat=${db:Status-Status}", package];
    let output = Command::new("dpkg-query").args(query).stderr(Stdio::null()).output();
    output.is_ok_and(|output| output.stdout == b"installed")
}

fn install(packages: &[&str]) -> Result<()> {
    process::run(Command::new("apt-get").arg("update"))?;
    process::run(
        Command::new("apt-get")
            .args(["install", "--yes", "--no-install-recommends"])
            .args(packages)
            .env("DEBIAN_FRONTEND", "noninteractive"),
    )
}

/// Checks licences, sources and layers of all dependencies, as `deny.toml` demands.
pub(crate) fn deny(repository: &Repository) -> Result<()> {
    let mut command = Command::new(cargo_deny(repository)?);
    process::run(command.args(["check", "bans", "licenses", "sources"]).current_dir(&repository.root))
}

/// Returns where cargo-deny is; installs it below the target folder if it is nowhere.
fn cargo_deny(repository: &Repository) -> Result<PathBuf> {
    if let Some(found) = process::find("cargo-deny") {
        return Ok(found);
    }
    let root = repository.target()?.join("tools");
    let binary = root.join("bin/cargo-deny").with_extension(std::env::consts::EXE_EXTENSION);
    let version = Command::new(&binary).arg("--version").output();
    let expected = format!("cargo-deny {CARGO_DENY}");
    if !version.is_ok_and(|output| String::from_utf8_lossy(&output.stdout).trim() == expected) {
        let args = ["install", "--locked", "cargo-deny", "--version", CARGO_DENY, "--root"];
        process::run(repository.cargo(args).arg(root))?;
    }
    Ok(binary)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn packages_are_installed_only_by_root_on_debian() {
        let check = |debian, root, missing: &[&str], expected: fn(&Remedy) -> bool| {
            let remedy = System { debian, root }.remedy(missing);
            assert!(expected(&remedy), "{remedy:?}");
        };
        let tells = |remedy: &Remedy| matches!(remedy, Remedy::Tell(_));
        check(true, true, &[], |remedy| *remedy == Remedy::None);
        check(false, false, &[], |remedy| *remedy == Remedy::None);
        check(true, true, &["chromium"], |remedy| *remedy == Remedy::Install);
        check(true, false, &["chromium"], tells);
        check(false, true, &["chromium"], tells);
    }

    #[test]
    fn what_to_install_is_told_exactly() {
        let remedy = System { debian: true, root: false }.remedy(&["chromium", "fonts-noto-cjk"]);
        let expected = "run `sudo apt-get install --no-install-recommends chromium fonts-noto-cjk`";
        assert_eq!(remedy, Remedy::Tell(expected.to_owned()));
    }
}
