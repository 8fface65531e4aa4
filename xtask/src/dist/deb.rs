//! Packages for Debian and its relatives: an archive of three members.
//!
//! No script is in them: nothing is started, and nothing else is changed.

use super::layout::Layout;
use super::pack::{Entry, TIME_S, tar_gz};
use super::platform::Linux;
use super::{linux, release};
use anyhow::Result;
use std::collections::BTreeSet;
use std::path::Path;

/// What the package is.
const CONTROL: &str = include_str!("../../../packaging/deb/control");

/// Where Debian has completions of packages.
const ZSH: &str = "usr/share/zsh/vendor-completions";

/// Returns the name of the package and its content.
pub(super) fn package(layout: &Layout, names: &Linux) -> Result<(String, Vec<u8>)> {
    let files = linux::files(layout, ZSH)?;
    let mut values = layout.release.values();
    values.set("debian_architecture", names.debian);
    let bytes: usize = files.iter().map(|file| file.bytes.len()).sum();
    values.set("installed_kb", &bytes.div_ceil(1024).to_string());
    let control = Entry::file("./control", values.fill(CONTROL)?);

    let mut archive = ar::Builder::new(Vec::new());
    for (member, bytes) in [
        ("debian-binary", b"2.0\n".to_vec()),
        ("control.tar.gz", tar_gz(&[control])?),
        ("data.tar.gz", tar_gz(&with_folders(files))?),
    ] {
        let mut header = ar::Header::new(member.into(), bytes.len() as u64);
        header.set_mode(0o100_644);
        header.set_mtime(TIME_S.into());
        archive.append(&header, &*bytes)?;
    }
    let name = format!("{}_{}_{}.deb", release::NAME, layout.release.version, names.debian);
    Ok((name, archive.into_inner()?))
}

/// Returns the files after all folders that they are in, which dpkg creates and removes.
fn with_folders(files: Vec<Entry>) -> Vec<Entry> {
    let folders: BTreeSet<_> = files.iter().flat_map(|file| folders(&file.path)).collect();
    let folders = folders.into_iter().map(|path| Entry::program(path, []));
    let files = files.into_iter().map(|file| Entry { path: format!("./{}", file.path), ..file });
    folders.chain(files).collect()
}

/// Returns all folders that a file is in.
fn folders(path: &str) -> Vec<String> {
    let folders = Path::new(path).ancestors().skip(1);
    folders.map(|folder| format!("./{}/", folder.display()).replace("//", "/")).collect()
}
