//! The platforms of a release, as each kind of package names them.

use anyhow::{Context, Result};

/// A platform that programs are released for.
#[derive(Debug)]
pub(super) struct Platform {
    /// Its name in Rust.
    pub(super) target: &'static str,
    /// The processor, as Debian and RPM name it; of Linux only.
    pub(super) linux: Option<Linux>,
    /// Platform tag of wheels.
    pub(super) wheel: &'static str,
    /// `os` and `cpu` of npm.
    pub(super) npm: (&'static str, &'static str),
}

/// Names of a processor in distributions.
#[derive(Debug)]
pub(super) struct Linux {
    pub(super) debian: &'static str,
    pub(super) rpm: &'static str,
}

/// All platforms of a release.
///
/// A static program needs neither a version of glibc nor musl, so that both kinds of tags are true; pip accepts
/// `manylinux2014` since version 19.3, and Alpine's accepts `musllinux` alone. Those of macOS are the oldest versions that
/// Rust's standard library supports.
pub(super) const PLATFORMS: [Platform; 5] = [
    Platform {
        target: "aarch64-apple-darwin",
        linux: None,
        wheel: "macosx_11_0_arm64",
        npm: ("darwin", "arm64"),
    },
    Platform {
        target: "aarch64-unknown-linux-gnu",
        linux: Some(Linux { debian: "arm64", rpm: "aarch64" }),
        wheel: "manylinux_2_17_aarch64.manylinux2014_aarch64.musllinux_1_1_aarch64",
        npm: ("linux", "arm64"),
    },
    Platform {
        target: "x86_64-apple-darwin",
        linux: None,
        wheel: "macosx_10_12_x86_64",
        npm: ("darwin", "x64"),
    },
    Platform { target: "x86_64-pc-windows-msvc", linux: None, wheel: "win_amd64", npm: ("win32", "x64") },
    Platform {
        target: "x86_64-unknown-linux-gnu",
        linux: Some(Linux { debian: "amd64", rpm: "x86_64" }),
        wheel: "manylinux_2_17_x86_64.manylinux2014_x86_64.musllinux_1_1_x86_64",
        npm: ("linux", "x64"),
    },
];

impl Platform {
    /// Returns the platform with this name in Rust.
    pub(super) fn of(target: &str) -> Result<&'static Self> {
        let found = PLATFORMS.iter().find(|platform| platform.target == target);
        found.with_context(|| format!("`{target}` is no platform of a release: add it to `PLATFORMS`"))
    }

    fn is_windows(&self) -> bool {
        self.npm.0 == "win32"
    }

    /// Returns the file name of a program.
    pub(super) fn program(&self, name: &str) -> String {
        format!("{name}{}", if self.is_windows() { ".exe" } else { "" })
    }

    /// Returns the file name of an archive. On Windows it is a zip file, which winget requires.
    pub(super) fn archive(&self, version: &str) -> String {
        let end = if self.is_windows() { "zip" } else { "tar.gz" };
        format!("ctm-{version}-{}.{end}", self.target)
    }
}
