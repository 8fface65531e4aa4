//! What all packages of a release have in common.

use super::template::Values;

/// Name of the packages: in Debian, RPM, npm, and, with `-bin`, in the AUR.
pub(super) const NAME: &str = "claude-token-monitor";

/// Name of the wheel: `claude-token-monitor` is a project of others there.
pub(super) const PYTHON_NAME: &str = "ctm-claude";

/// One line about the program.
pub(super) const SUMMARY: &str = "Exact token usage and cost of Claude Code";

/// A release.
#[derive(Debug, Clone)]
pub(super) struct Release {
    /// Its version, by Semantic Versioning.
    pub(super) version: String,
    /// `OWNER/NAME` of the repository on GitHub, if it is known.
    pub(super) repository: Option<String>,
}

impl Release {
    /// Returns the address of the repository.
    pub(super) fn homepage(&self) -> Option<String> {
        self.repository.as_ref().map(|repository| format!("https://github.com/{repository}"))
    }

    /// Returns the version for Debian and RPM, where `~` sorts before the end, as a pre-release must.
    pub(super) fn tilde_version(&self) -> String {
        self.version.replace('-', "~")
    }

    /// Returns the version by the rules of Python.
    pub(super) fn python_version(&self) -> String {
        let Some((version, pre)) = self.version.split_once('-') else { return self.version.clone() };
        let pre = pre.replace("alpha", "a").replace("beta", "b").replace('.', "");
        format!("{version}{pre}")
    }

    /// Returns the name of the wheel as in file names and imports.
    pub(super) fn python_module() -> String {
        PYTHON_NAME.replace('-', "_")
    }

    /// Returns the values of all templates.
    pub(super) fn values(&self) -> Values {
        let mut values = Values::default();
        values.set("name", NAME);
        values.set("summary", SUMMARY);
        values.set("version", &self.version);
        values.set("debian_version", &self.tilde_version());
        values.set("arch_version", &self.version.replace('-', "_"));
        values.set("python_name", PYTHON_NAME);
        values.set("python_module", &Self::python_module());
        values.set("python_version", &self.python_version());
        values.set_if_known("homepage", self.homepage());
        values
    }
}

/// Checks the name of a repository.
pub(crate) fn repository(text: &str) -> Result<String, String> {
    let is_name = |part: &str| {
        let is_safe = |character: char| character.is_ascii_alphanumeric() || "._-".contains(character);
        !part.is_empty() && part.chars().all(is_safe)
    };
    match text.split_once('/') {
        Some((owner, name)) if is_name(owner) && is_name(name) => Ok(text.to_owned()),
        _ => Err("expected OWNER/NAME".to_owned()),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn pre_releases_sort_before_the_release_in_every_form() {
        let check = |version: &str, tilde: &str, python: &str| {
            let release = Release { version: version.to_owned(), repository: None };
            assert_eq!((&*release.tilde_version(), &*release.python_version()), (tilde, python));
        };
        check("1.2.3", "1.2.3", "1.2.3");
        check("1.2.3-rc.1", "1.2.3~rc.1", "1.2.3rc1");
        check("1.2.3-alpha.2", "1.2.3~alpha.2", "1.2.3a2");
        check("1.2.3-beta.10", "1.2.3~beta.10", "1.2.3b10");
    }

    #[test]
    fn a_repository_is_an_owner_and_a_name() {
        assert_eq!(repository("some-owner/ctm.rs"), Ok("some-owner/ctm.rs".to_owned()));
        for wrong in ["", "ctm", "a/", "/b", "a/b/c", "https://a/b", "a/b\""] {
            assert!(repository(wrong).is_err(), "{wrong}");
        }
    }
}
