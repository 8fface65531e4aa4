//! Paths of the repository.

use crate::process;
use anyhow::{Context, Result};
use ignore::WalkBuilder;
use std::path::{Path, PathBuf};
use std::process::Command;

/// The checkout that this program was built from.
pub struct Repository {
    /// Its root.
    pub root: PathBuf,
    /// Whether its crates are linted as they are compiled; a warning is an error then.
    pub lints: bool,
}

impl Repository {
    /// Returns the repository.
    pub fn here() -> Self {
        let root = Path::new(env!("CARGO_MANIFEST_DIR")).ancestors().nth(2);
        Self { root: root.expect("this crate is two folders below the root").to_owned(), lints: false }
    }

    /// Returns a call of the cargo that started this program.
    pub fn cargo<const N: usize>(&self, args: [&str; N]) -> Command {
        let mut command = Command::new(std::env::var_os("CARGO").unwrap_or_else(|| "cargo".into()));
        command.args(args).current_dir(&self.root);
        if self.lints {
            // As `cargo clippy -- --deny warnings` does, which compiles all dependencies a second time for it.
            const DENY: &str = "--deny__CLIPPY_HACKERY__warnings__CLIPPY_HACKERY__";
            command.env("RUSTC_WORKSPACE_WRAPPER", "clippy-driver").env("CLIPPY_ARGS", DENY);
        }
        command
    }

    /// Returns the metadata of the workspace and all its dependencies, as JSON.
    pub fn metadata(&self) -> Result<String> {
        process::output(&mut self.cargo(["metadata", "--format-version", "1"]))
    }

    /// Returns the folder that cargo builds into.
    pub fn target(&self) -> Result<PathBuf> {
        #[derive(serde::Deserialize)]
        struct Metadata {
            target_directory: PathBuf,
        }
        let json = process::output(&mut self.cargo(["metadata", "--format-version", "1", "--no-deps"]))?;
        let metadata: Metadata = serde_json::from_str(&json).context("cargo metadata")?;
        Ok(metadata.target_directory)
    }

    /// Returns the files below `folder`, a path below the root, that git does not ignore, in the
    /// order of their paths.
    pub fn files(&self, folder: &str) -> Result<Vec<PathBuf>> {
        let walk = WalkBuilder::new(self.root.join(folder))
            .hidden(false)
            .require_git(false)
            .filter_entry(|entry| entry.file_name() != ".git")
            .sort_by_file_name(Ord::cmp)
            .build();
        let mut files = Vec::new();
        for entry in walk {
            let entry = entry?;
            if entry.file_type().is_some_and(|kind| kind.is_file()) {
                files.push(entry.into_path());
            }
        }
        Ok(files)
    }

    /// Returns `path` below the root, with `/` as separator.
    pub fn relative(&self, path: &Path) -> String {
        let path = path.strip_prefix(&self.root).unwrap_or(path);
        path.components().map(|part| part.as_os_str().to_string_lossy()).collect::<Vec<_>>().join("/")
    }
}
