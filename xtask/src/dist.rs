//! `cargo xtask dist`: release archives.
//!
//! In `dist/`: the programs, each one static file, an archive with them, completions, the manual and all
//! licences, a bill of materials (SBOM) of each, and checksums.

mod licences;

use crate::page::Web;
use crate::tools;
use anyhow::{Context, Result, bail};
use ctm_harness::process;
use ctm_harness::repository::Repository;
use flate2::Compression;
use flate2::write::GzEncoder;
use sha2::{Digest, Sha256};
use std::fs::{self, File};
use std::path::{Path, PathBuf};
use std::process::Command;
use walkdir::WalkDir;

/// Builds a release for this machine's platform into `dist/`.
///
/// On Linux the programs link nothing at run time, so that they run on any distribution and in an
/// empty image.
#[derive(clap::Args)]
pub(crate) struct Args {
    /// Output folder
    #[arg(long, value_name = "DIR", default_value = "dist")]
    pub(crate) out: PathBuf,
}

/// What is released: the program, and the one that pushes, which it starts.
const PROGRAMS: [&str; 2] = ["ctm", "ctm-push"];

/// Shells that there are completions for.
const SHELLS: [&str; 5] = ["bash", "elvish", "fish", "powershell", "zsh"];

/// Files of the repository that are handed on.
const TEXTS: [&str; 5] = ["README.md", "README.zh-CN.md", "CHANGELOG.md", "LICENSE-MIT", "LICENSE-APACHE"];

/// Version of cargo-cyclonedx to install if it is missing.
const CYCLONEDX: &str = "0.5.9";

pub(crate) fn run(args: &Args) -> Result<()> {
    let repository = Repository::here();
    let out = repository.root.join(&args.out);
    let web = Web::of(&repository)?;
    web.install()?;
    web.build()?;
    let target = host()?;
    let built = build(&repository, &target)?;
    let version = env!("CARGO_PKG_VERSION");
    let name = format!("ctm-{version}-{target}");

    if out.exists() {
        fs::remove_dir_all(&out)?;
    }
    let folder = out.join(&name);
    fs::create_dir_all(&folder)?;
    copy_programs(&built, &folder)?;
    for text in TEXTS {
        fs::copy(repository.root.join(text), folder.join(text)).with_context(|| text.to_owned())?;
    }
    fs::write(folder.join("THIRD-PARTY.txt"), licences::of(&repository, &target)?)?;
    help(&program(&built, PROGRAMS[0]), &folder)?;
    let mut files = vec![archive(&folder, &out.join(format!("{name}.tar.gz")))?];
    files.extend(sboms(&repository, &target, &out)?);
    // The location that the image copies from.
    let image = out.join(format!("linux-{}", architecture()));
    if cfg!(target_os = "linux") {
        fs::create_dir_all(&image)?;
        copy_programs(&built, &image)?;
    }
    fs::write(out.join("SHA256SUMS"), checksums(&files)?)?;
    for file in files {
        println!("{} ({} kB)", repository.relative(&file), file.metadata()?.len() / 1000);
    }
    for name in PROGRAMS {
        println!("{name} itself: {} kB", program(&built, name).metadata()?.len() / 1000);
    }
    Ok(())
}

/// Returns where a program is in a folder.
fn program(folder: &Path, name: &str) -> PathBuf {
    folder.join(name).with_extension(std::env::consts::EXE_EXTENSION)
}

fn copy_programs(from: &Path, to: &Path) -> Result<()> {
    for name in PROGRAMS {
        fs::copy(program(from, name), program(to, name)).with_context(|| name.to_owned())?;
    }
    Ok(())
}

/// Returns the platform that cargo builds for.
fn host() -> Result<String> {
    let tuple = process::output(Command::new("rustc").args(["--print", "host-tuple"]))?;
    Ok(tuple.trim().to_owned())
}

/// Returns what container images call this processor.
pub(crate) fn architecture() -> &'static str {
    match std::env::consts::ARCH {
        "x86_64" => "amd64",
        "aarch64" => "arm64",
        other => other,
    }
}

/// Builds the programs. Returns the folder that they are in.
fn build(repository: &Repository, target: &str) -> Result<PathBuf> {
    let mut cargo = repository.cargo(["build", "--release", "--locked", "--target", target]);
    for name in PROGRAMS {
        cargo.args(["--package", name]);
    }
    if target.contains("linux") {
        // Given a target, cargo does not build its own build scripts and macros like this.
        cargo.env("RUSTFLAGS", "-C target-feature=+crt-static");
    }
    process::run(&mut cargo)?;
    Ok(repository.target()?.join(target).join("release"))
}

/// Writes completions and manual, as printed by the program itself.
fn help(binary: &Path, folder: &Path) -> Result<()> {
    let completions = folder.join("completions");
    fs::create_dir_all(&completions)?;
    for shell in SHELLS {
        let text = process::output(Command::new(binary).args(["completions", shell]))?;
        fs::write(completions.join(format!("ctm.{shell}")), text)?;
    }
    let manual = folder.join("man");
    fs::create_dir_all(&manual)?;
    process::run(Command::new(binary).args(["man", "--dir"]).arg(&manual))
}

/// Writes the bill of materials of each program.
fn sboms(repository: &Repository, target: &str, out: &Path) -> Result<Vec<PathBuf>> {
    let cyclonedx = tools::of_cargo(repository, "cargo-cyclonedx", CYCLONEDX)?;
    let mut command = Command::new(cyclonedx);
    command.args(["cyclonedx", "--format", "json", "--target", target]);
    command.args(["--override-filename", "ctm-sbom"]).current_dir(&repository.root);
    process::run(&mut command)?;
    // It describes every member of the workspace, each next to its manifest.
    let mut sboms = Vec::new();
    for name in PROGRAMS {
        let written = repository.root.join("apps").join(name).join("ctm-sbom.json");
        let path = out.join(format!("{name}-{}-{target}.cdx.json", env!("CARGO_PKG_VERSION")));
        fs::copy(&written, &path).with_context(|| format!("no SBOM at `{}`", written.display()))?;
        sboms.push(path);
    }
    for file in repository.files("")? {
        if file.file_name().is_some_and(|name| name == "ctm-sbom.json") {
            fs::remove_file(file)?;
        }
    }
    Ok(sboms)
}

/// Packs a folder so that the same content is always the same file.
fn archive(folder: &Path, path: &Path) -> Result<PathBuf> {
    let name = folder.file_name().context("the folder has a name")?;
    let mut archive = tar::Builder::new(GzEncoder::new(File::create(path)?, Compression::best()));
    archive.mode(tar::HeaderMode::Deterministic);
    for entry in WalkDir::new(folder).sort_by_file_name() {
        let entry = entry?;
        if entry.file_type().is_file() {
            let inside = Path::new(name).join(entry.path().strip_prefix(folder)?);
            archive.append_path_with_name(entry.path(), inside)?;
        }
    }
    archive.into_inner()?.finish()?;
    Ok(path.to_owned())
}

/// Returns the checksums of files in the form that `sha256sum --check` reads.
fn checksums(files: &[PathBuf]) -> Result<String> {
    let mut text = String::new();
    for file in files {
        let Some(name) = file.file_name() else { bail!("`{}` is no file", file.display()) };
        let hash = hex::encode(Sha256::digest(fs::read(file)?));
        text.push_str(&format!("{hash}  {}\n", name.to_string_lossy()));
    }
    Ok(text)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_same_content_is_the_same_archive_with_the_same_checksum() {
        let place = tempfile::tempdir().unwrap();
        let sums: Vec<_> = ["a", "b"]
            .map(|copy| {
                let folder = place.path().join(copy).join("ctm-1");
                fs::create_dir_all(folder.join("man")).unwrap();
                fs::write(folder.join("man/ctm.1"), "manual").unwrap();
                fs::write(folder.join("ctm"), "program").unwrap();
                let file = archive(&folder, &place.path().join(copy).join("ctm-1.tar.gz")).unwrap();
                checksums(&[file]).unwrap()
            })
            .into();
        assert_eq!(sums[0], sums[1]);
        assert!(sums[0].ends_with("  ctm-1.tar.gz\n") && sums[0].len() == 64 + 15, "{}", sums[0]);
    }
}
