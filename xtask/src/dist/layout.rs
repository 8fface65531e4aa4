//! A folder with programs, completions, manual, services and licences: what every package is made of.

use super::pack::Entry;
use super::platform::Platform;
use super::release::Release;
use anyhow::{Context, Result};
use std::fs;
use std::path::{Path, PathBuf};
use walkdir::WalkDir;

/// Such a folder, with what it is a release of.
pub(super) struct Layout {
    pub(super) folder: PathBuf,
    pub(super) platform: &'static Platform,
    pub(super) release: Release,
}

impl Layout {
    /// Returns the content of a file.
    pub(super) fn read(&self, path: &str) -> Result<Vec<u8>> {
        let path = self.folder.join(path);
        fs::read(&path).with_context(|| format!("cannot read `{}`", path.display()))
    }

    /// Returns both programs, in a folder of the package.
    pub(super) fn programs(&self, folder: &str) -> Result<Vec<Entry>> {
        let names = super::PROGRAMS.map(|name| self.platform.program(name));
        let read = |name: String| Ok(Entry::program(format!("{folder}{name}"), self.read(&name)?));
        names.into_iter().map(read).collect()
    }

    /// Returns the licences, in a folder of the package.
    pub(super) fn licences(&self, folder: &str) -> Result<Vec<Entry>> {
        let read = |name: &str| Ok(Entry::file(format!("{folder}{name}"), self.read(name)?));
        super::LICENCES.into_iter().map(read).collect()
    }

    /// Returns the paths of the manual, in order.
    pub(super) fn manual(&self) -> Result<Vec<String>> {
        let paths = files(&self.folder.join("man"))?;
        Ok(paths.into_iter().map(|path| format!("man/{path}")).collect())
    }

    /// Returns everything, in a folder of the archive.
    pub(super) fn everything(&self, folder: &str) -> Result<Vec<Entry>> {
        let programs = super::PROGRAMS.map(|name| self.platform.program(name));
        let read = |path: String| {
            let inside = format!("{folder}{path}");
            let bytes = self.read(&path)?;
            let is_program = programs.contains(&path);
            Ok(if is_program { Entry::program(inside, bytes) } else { Entry::file(inside, bytes) })
        };
        files(&self.folder)?.into_iter().map(read).collect()
    }
}

/// Returns the paths of all files below a folder, with `/` as separator, in order.
fn files(folder: &Path) -> Result<Vec<String>> {
    let mut paths = Vec::new();
    for entry in WalkDir::new(folder).sort_by_file_name() {
        let entry = entry?;
        if entry.file_type().is_file() {
            let path = entry.path().strip_prefix(folder)?;
            let parts = path.components().map(|part| part.as_os_str().to_string_lossy());
            paths.push(parts.collect::<Vec<_>>().join("/"));
        }
    }
    Ok(paths)
}

/// Layouts of tests.
#[cfg(test)]
pub(super) mod tests {
    use super::*;
    use tempfile::TempDir;

    /// Returns a layout with a few bytes for each file.
    pub(crate) fn small(target: &str) -> (TempDir, Layout) {
        let place = tempfile::tempdir().unwrap();
        let platform = Platform::of(target).unwrap();
        let folder = place.path().to_owned();
        let release = Release { version: "1.2.3-rc.1".to_owned(), repository: Some("owner/ctm".to_owned()) };
        let layout = Layout { folder, platform, release };
        let programs = crate::dist::PROGRAMS.map(|name| platform.program(name));
        let others = ["README.md", "CHANGELOG.md", "services/ctm.service", "man/ctm.1", "man/ctm-push.1"];
        let of_program = |name| crate::dist::SHELLS.map(|shell| format!("completions/{name}.{shell}"));
        let completions = crate::dist::PROGRAMS.map(of_program).concat();
        let paths = others.map(str::to_owned).into_iter().chain(programs).chain(completions);
        for path in paths.chain(crate::dist::LICENCES.map(str::to_owned)) {
            let path = layout.folder.join(path);
            fs::create_dir_all(path.parent().unwrap()).unwrap();
            fs::write(&path, path.file_name().unwrap().as_encoded_bytes()).unwrap();
        }
        (place, layout)
    }
}
