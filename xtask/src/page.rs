//! The package in `web/`: the web page, and the tools that it is built and checked with.

use anyhow::{Context, Result};
use ctm_harness::process;
use ctm_harness::repository::Repository;
use std::path::PathBuf;
use std::process::Command;
use xxhash_rust::xxh3::Xxh3;

/// Requirement to install if Node is missing or too old.
pub(crate) const NODE: &str = "Node 20.19 or newer (https://nodejs.org)";

/// The package in `web/`.
pub(crate) struct Web<'a> {
    repository: &'a Repository,
    /// `pnpm@<version>`, as the package pins it.
    package_manager: String,
}

impl<'a> Web<'a> {
    /// Returns the package.
    pub(crate) fn of(repository: &'a Repository) -> Result<Self> {
        #[derive(serde::Deserialize)]
        #[serde(rename_all = "camelCase")]
        struct Package {
            package_manager: String,
        }
        let path = repository.root.join("web/package.json");
        let shown = || format!("cannot read `{}`", path.display());
        let text = std::fs::read_to_string(&path).with_context(shown)?;
        let Package { package_manager } = serde_json::from_str(&text).with_context(shown)?;
        Ok(Self { repository, package_manager })
    }

    /// Returns a call of the pinned pnpm, which needs no installation.
    pub(crate) fn pnpm<const N: usize>(&self, args: [&str; N]) -> Command {
        let mut command = Command::new("npx");
        command
            .args(["--yes", &self.package_manager, "--dir", "web"])
            .args(args)
            .current_dir(&self.repository.root);
        command
    }

    /// Installs the packages that the lock file names.
    pub(crate) fn install(&self) -> Result<()> {
        // Without it, pnpm asks before it replaces a folder that another version created.
        process::run(self.pnpm(["install", "--frozen-lockfile"]).env("CI", "true"))
    }

    /// Builds the page.
    pub(crate) fn build(&self) -> Result<()> {
        process::run(&mut self.pnpm(["build"]))?;
        std::fs::write(self.stamp()?, self.fingerprint()?)?;
        Ok(())
    }

    /// Builds the page unless it was built from the sources as they are.
    pub(crate) fn bring_up_to_date(&self) -> Result<()> {
        if !self.is_built()? {
            self.install()?;
            self.build()?;
        }
        Ok(())
    }

    /// Returns whether the page was built from the sources as they are.
    fn is_built(&self) -> Result<bool> {
        let page = self.repository.root.join("web/build/index.html");
        Ok(page.is_file() && std::fs::read_to_string(self.stamp()?).ok() == Some(self.fingerprint()?))
    }

    /// Returns the file with the state that the page was built from.
    fn stamp(&self) -> Result<PathBuf> {
        Ok(self.repository.target()?.join("web-page.fingerprint"))
    }

    /// Returns a hash of everything that the page is built from.
    ///
    /// Modification times were rejected: a checkout of an older state makes files newer.
    fn fingerprint(&self) -> Result<String> {
        let mut hash = Xxh3::new();
        for file in self.repository.files("web")? {
            let path = self.repository.relative(&file);
            if !path.starts_with("web/tests/") && !path.ends_with(".test.ts") {
                let content = std::fs::read(&file)?;
                hash.update(path.as_bytes());
                hash.update(&content.len().to_le_bytes());
                hash.update(&content);
            }
        }
        Ok(format!("{:016x}", hash.digest()))
    }
}

/// Returns whether Node is installed, and new enough to build the page.
pub(crate) fn has_node() -> bool {
    let Ok(output) = Command::new("node").arg("--version").output() else { return false };
    is_supported(String::from_utf8_lossy(&output.stdout).trim())
}

fn is_supported(version: &str) -> bool {
    let mut numbers = version.trim_start_matches('v').split('.').map_while(|number| number.parse().ok());
    match (numbers.next(), numbers.next()) {
        (Some(20_u32), Some(minor)) => minor >= 19_u32,
        (Some(22), Some(minor)) => minor >= 12,
        (Some(major), Some(_)) => major > 22,
        _ => false,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn node_is_new_enough_from_20_19_and_22_12_on() {
        for version in ["v20.19.0", "v20.20.2", "v22.12.0", "v24.0.1", "v26.1.0"] {
            assert!(is_supported(version), "{version}");
        }
        for version in ["v18.19.0", "v20.18.9", "v21.7.3", "v22.11.0", "", "v20", "what"] {
            assert!(!is_supported(version), "{version}");
        }
    }

    #[test]
    fn only_what_the_page_is_made_of_makes_it_old() {
        let folder = tempfile::tempdir().unwrap();
        let repository = Repository { root: folder.path().to_owned(), lints: false };
        let write = |path: &str, text: &str| {
            let path = repository.root.join(path);
            std::fs::create_dir_all(path.parent().unwrap()).unwrap();
            std::fs::write(path, text).unwrap();
        };
        write(".gitignore", "/web/build\n");
        write("web/package.json", r#"{"packageManager": "pnpm@1.2.3"}"#);
        let web = Web::of(&repository).unwrap();
        let mut before = web.fingerprint().unwrap();
        let mut check = |path: &str, text: &str, makes_old: bool| {
            write(path, text);
            let now = web.fingerprint().unwrap();
            assert_eq!(now != before, makes_old, "{path}");
            before = now;
        };
        check("web/src/page.ts", "1", true);
        check("web/src/page.ts", "2", true);
        check("web/src/page.ts", "2", false);
        check("web/.npmrc", "", true);
        check("web/src/page.test.ts", "3", false);
        check("web/tests/page.spec.ts", "4", false);
        check("web/build/index.html", "5", false);
        assert_eq!(process::shown(&web.pnpm(["build"])), "npx --yes pnpm@1.2.3 --dir web build");
    }
}
