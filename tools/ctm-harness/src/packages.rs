//! Packages of the system that tasks need.

use crate::process;
use anyhow::{Result, bail};
use std::process::{Command, Stdio};

/// Properties that determine how packages are installed.
pub struct System {
    /// `true` if packages are those of Debian.
    pub debian: bool,
    root: bool,
}

#[derive(Debug, PartialEq, Eq)]
enum Remedy {
    None,
    Install,
    Tell(String),
}

impl System {
    /// Returns the system that this runs on.
    pub fn this() -> Self {
        let release = std::fs::read_to_string("/etc/os-release").unwrap_or_default();
        Self { debian: release.lines().any(|line| line == "ID=debian"), root: is_root() }
    }

    /// Installs the `missing` Debian packages, or lists what to install, which is `elsewhere` on other
    /// systems.
    pub fn require(&self, missing: &[&str], elsewhere: &str) -> Result<()> {
        match self.remedy(missing, elsewhere) {
            Remedy::None => Ok(()),
            Remedy::Install => install(missing),
            Remedy::Tell(what) => bail!(what),
        }
    }

    fn remedy(&self, missing: &[&str], elsewhere: &str) -> Remedy {
        let packages = missing.join(" ");
        match (missing, self) {
            ([], _) => Remedy::None,
            (_, Self { debian: true, root: true }) => Remedy::Install,
            (_, Self { debian: true, root: false }) => {
                Remedy::Tell(format!("run `sudo apt-get install --no-install-recommends {packages}`"))
            }
            (_, Self { debian: false, .. }) => Remedy::Tell(format!("install {elsewhere}")),
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

/// Returns whether a Debian package is installed.
pub fn is_installed(package: &str) -> bool {
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

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn packages_are_installed_only_by_root_on_debian() {
        let check = |debian, root, missing: &[&str], expected: fn(&Remedy) -> bool| {
            let remedy = System { debian, root }.remedy(missing, "a browser");
            assert!(expected(&remedy), "{remedy:?}");
        };
        let asks = |remedy: &Remedy| matches!(remedy, Remedy::Tell(_));
        check(true, true, &[], |remedy| *remedy == Remedy::None);
        check(false, false, &[], |remedy| *remedy == Remedy::None);
        check(true, true, &["chromium"], |remedy| *remedy == Remedy::Install);
        check(true, false, &["chromium"], asks);
        check(false, true, &["chromium"], asks);
    }

    #[test]
    fn the_packages_to_install_are_named() {
        let advice = |debian| {
            let system = System { debian, root: false };
            let missing = ["chromium", "fonts-noto-cjk"];
            system.require(&missing, "a browser and a font").unwrap_err().to_string()
        };
        let expected = "run `sudo apt-get install --no-install-recommends chromium fonts-noto-cjk`";
        assert_eq!(advice(true), expected);
        assert_eq!(advice(false), "install a browser and a font");
    }
}
