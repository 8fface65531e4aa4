//! `cargo xtask dist`: releases.
//!
//! - [`layout`]: the folder that every package is made of; [`pack`]: archives of files;
//! - [`deb`], [`rpm`], [`wheel`], [`npm`]: packages of one platform; [`linux`]: what the first two have in common;
//! - [`manifests`]: what names the archives of all platforms, and is made when all are there;
//! - [`installs`]: packages installed, run, upgraded and removed;
//! - [`platform`], [`release`], [`template`]: names, versions, and files of `packaging/` that they are filled into.
//!
//! # Design
//!
//! A package is a function of that folder, so that tests make one from a few bytes, and a package of a program that was built
//! elsewhere is the same. cargo-deb and cargo-generate-rpm were rejected: they build the program themselves, and read what belongs
//! to a package from a manifest, once for each.

mod deb;
mod installs;
mod layout;
mod licences;
mod linux;
mod manifests;
mod npm;
mod pack;
mod platform;
mod release;
mod rpm;
mod template;
mod wheel;

use crate::page::Web;
use crate::tools;
use anyhow::{Context, Result, bail};
use clap::Subcommand;
use ctm_harness::process;
use ctm_harness::repository::Repository;
use layout::Layout;
use platform::Platform;
use release::Release;
use sha2::{Digest, Sha256};
use std::fs;
use std::path::{Path, PathBuf};
use std::process::Command;

/// Builds a release for this machine's platform into `dist/`.
///
/// The programs, an archive with them, completions, manual, services and all licences, packages for Debian and RPM, a
/// Python wheel, a package for npm, bills of materials (SBOM), and checksums. On Linux the programs link nothing at run
/// time, so that they run on any distribution and in an empty image.
#[derive(clap::Args)]
pub(crate) struct Args {
    #[command(subcommand)]
    task: Option<Task>,
    /// Output folder
    #[arg(long, value_name = "DIR", default_value = "dist")]
    out: PathBuf,
    /// Repository on GitHub that packages name
    #[arg(long, value_name = "OWNER/NAME", value_parser = release::repository)]
    repository: Option<String>,
}

#[derive(Subcommand)]
enum Task {
    /// Writes what names the archives of all platforms: the main npm package, and manifests for Homebrew, Scoop, winget, the AUR
    /// and Nix
    Manifests {
        /// Folder with the archives of all platforms
        dir: PathBuf,
        /// Repository on GitHub that has the release
        #[arg(long, value_name = "OWNER/NAME", value_parser = release::repository)]
        repository: String,
    },
    /// Installs, runs, upgrades and removes the packages of this platform in empty folders
    Test {
        /// Folder with `ctm` and `ctm-push` [default: built for the tests]
        #[arg(long, value_name = "DIR")]
        programs: Option<PathBuf>,
    },
}

/// What is released: the program, and the one that pushes, which it starts.
const PROGRAMS: [&str; 2] = ["ctm", "ctm-push"];

/// Shells that there are completions for.
const SHELLS: [&str; 5] = ["bash", "elvish", "fish", "powershell", "zsh"];

/// Files of the repository that are handed on.
const TEXTS: [&str; 5] = ["README.md", "README.zh-CN.md", "CHANGELOG.md", "LICENSE-MIT", "LICENSE-APACHE"];

/// Licences in every package.
const LICENCES: [&str; 3] = ["LICENSE-APACHE", "LICENSE-MIT", "THIRD-PARTY.txt"];

/// Services of the system that start the program.
const SERVICES: [&str; 2] = ["claude-token-monitor.plist", "ctm.service"];

/// Version of cargo-cyclonedx to install if it is missing.
const CYCLONEDX: &str = "0.5.9";

pub(crate) fn run(args: &Args) -> Result<()> {
    let repository = Repository::here();
    match &args.task {
        None => release(&repository, &args.out, args.repository.clone()),
        Some(Task::Manifests { dir, repository: name }) => {
            let release = Release { version: version(), repository: Some(name.clone()) };
            manifests::write(&repository, dir, &release)
        }
        Some(Task::Test { programs }) => installs::test(&repository, programs.as_deref()),
    }
}

/// Builds a release into a folder.
pub(crate) fn release(repository: &Repository, out: &Path, name: Option<String>) -> Result<()> {
    let out = repository.root.join(out);
    let web = Web::of(repository)?;
    web.install()?;
    web.build()?;
    let target = host()?;
    let built = build(repository, &target)?;
    let release = Release { version: version(), repository: name };

    if out.exists() {
        fs::remove_dir_all(&out)?;
    }
    let folder = out.join(format!("ctm-{}-{target}", release.version));
    let layout = lay_out(repository, &built, folder, release)?;
    let mut files = write(packages(&layout)?, &out)?;
    files.extend(sboms(repository, &target, &out)?);
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

fn version() -> String {
    env!("CARGO_PKG_VERSION").to_owned()
}

/// Fills a folder with what packages are made of.
fn lay_out(repository: &Repository, built: &Path, folder: PathBuf, release: Release) -> Result<Layout> {
    let platform = Platform::of(&host()?)?;
    let services = folder.join("services");
    fs::create_dir_all(&services)?;
    copy_programs(built, &folder)?;
    for text in TEXTS {
        copy(&repository.root.join(text), &folder.join(text))?;
    }
    for service in SERVICES {
        copy(&repository.root.join("packaging/services").join(service), &services.join(service))?;
    }
    fs::write(folder.join("THIRD-PARTY.txt"), licences::of(repository, platform.target)?)?;
    help(built, &folder)?;
    Ok(Layout { folder, platform, release })
}

/// Returns the archive and all packages of a platform, by their names.
fn packages(layout: &Layout) -> Result<Vec<(String, Vec<u8>)>> {
    let mut packages = vec![archive(layout)?, wheel::package(layout)?, npm::package(layout)?];
    if let Some(names) = &layout.platform.linux {
        packages.extend([deb::package(layout, names)?, rpm::package(layout, names)?]);
    }
    Ok(packages)
}

/// Returns the archive of everything, in a folder of its name.
fn archive(layout: &Layout) -> Result<(String, Vec<u8>)> {
    let Layout { platform, release, .. } = layout;
    let name = platform.archive(&release.version);
    let files = layout.everything(&format!("ctm-{}-{}/", release.version, platform.target))?;
    let bytes = if name.ends_with(".zip") { pack::zip(&files)? } else { pack::tar_gz(&files)? };
    Ok((name, bytes))
}

/// Writes packages into a folder, and returns their paths.
fn write(packages: Vec<(String, Vec<u8>)>, out: &Path) -> Result<Vec<PathBuf>> {
    let write = |(name, bytes): (String, Vec<u8>)| {
        let path = out.join(name);
        fs::write(&path, bytes).with_context(|| format!("cannot write `{}`", path.display()))?;
        Ok(path)
    };
    packages.into_iter().map(write).collect()
}

fn copy(from: &Path, to: &Path) -> Result<()> {
    fs::copy(from, to).with_context(|| format!("cannot copy `{}`", from.display()))?;
    Ok(())
}

/// Returns where a program is in a folder.
fn program(folder: &Path, name: &str) -> PathBuf {
    folder.join(name).with_extension(std::env::consts::EXE_EXTENSION)
}

fn copy_programs(from: &Path, to: &Path) -> Result<()> {
    for name in PROGRAMS {
        copy(&program(from, name), &program(to, name))?;
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

/// Writes completions and manual, as printed by the programs themselves. The page of `ctm-push` replaces that of `ctm push`, which is
/// less.
fn help(programs: &Path, folder: &Path) -> Result<()> {
    let (completions, manual) = (folder.join("completions"), folder.join("man"));
    fs::create_dir_all(&completions)?;
    fs::create_dir_all(&manual)?;
    for name in PROGRAMS {
        let binary = program(programs, name);
        for shell in SHELLS {
            let text = process::output(Command::new(&binary).args(["completions", shell]))?;
            fs::write(completions.join(format!("{name}.{shell}")), text)?;
        }
        process::run(Command::new(&binary).args(["man", "--dir"]).arg(&manual))?;
    }
    Ok(())
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

/// Returns the checksum of a file.
fn sha256(file: &Path) -> Result<String> {
    let bytes = fs::read(file).with_context(|| format!("cannot read `{}`", file.display()))?;
    Ok(hex::encode(Sha256::digest(bytes)))
}

/// Returns the checksums of files in the form that `sha256sum --check` reads.
fn checksums(files: &[PathBuf]) -> Result<String> {
    let mut text = String::new();
    for file in files {
        let Some(name) = file.file_name() else { bail!("`{}` is no file", file.display()) };
        let hash = sha256(file)?;
        text.push_str(&format!("{hash}  {}\n", name.to_string_lossy()));
    }
    Ok(text)
}

#[cfg(test)]
mod tests;
