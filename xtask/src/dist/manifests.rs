//! What names the archives of all platforms, with their addresses and checksums.

use super::pack::{Entry, tar_gz};
use super::platform::PLATFORMS;
use super::release::Release;
use super::template::Values;
use super::{npm, sha256};
use anyhow::{Context, Result};
use ctm_harness::repository::Repository;
use std::fs;
use std::path::Path;

/// Folder of the manifests, in that of the archives.
const FOLDER: &str = "manifests";

/// Manifests that have their names from the formats.
const MANIFESTS: [(&str, &str); 5] = [
    ("homebrew/ctm.rb", include_str!("../../../packaging/homebrew/ctm.rb")),
    ("scoop/ctm.json", include_str!("../../../packaging/scoop/ctm.json")),
    ("aur/PKGBUILD", include_str!("../../../packaging/aur/PKGBUILD")),
    ("aur/.SRCINFO", include_str!("../../../packaging/aur/SRCINFO")),
    ("nix/flake.nix", include_str!("../../../packaging/nix/flake.nix")),
];

/// Manifests of winget, after whose identifier they are named.
const WINGET: [(&str, &str); 3] = [
    ("", include_str!("../../../packaging/winget/version.yaml")),
    (".installer", include_str!("../../../packaging/winget/installer.yaml")),
    (".locale.en-US", include_str!("../../../packaging/winget/locale.en-US.yaml")),
];

/// Writes the main npm package, the manifests, an archive of them, and one of the flake alone, into a folder with the archives
/// of all platforms.
pub(super) fn write(repository: &Repository, dir: &Path, release: &Release) -> Result<()> {
    let values = values(dir, release)?;
    let manifests = manifests(release, &values)?;
    for Entry { path, bytes, .. } in &manifests {
        let path = dir.join(FOLDER).join(path);
        fs::create_dir_all(path.parent().context("a manifest is in a folder")?)?;
        fs::write(&path, bytes).with_context(|| format!("cannot write `{}`", path.display()))?;
    }
    let flake =
        manifests.iter().find(|file| file.path.ends_with("flake.nix")).context("there is no flake")?;
    // Nix takes an archive as a flake; the name without a version is one for the latest.
    let flake = Entry { path: "ctm-flake/flake.nix".to_owned(), ..flake.clone() };
    let packages = vec![
        npm::main_package(release, licences(repository)?)?,
        (format!("ctm-{}-{FOLDER}.tar.gz", release.version), tar_gz(&manifests)?),
        ("ctm-flake.tar.gz".to_owned(), tar_gz(&[flake])?),
    ];
    for file in super::write(packages, dir)? {
        println!("{}", file.display());
    }
    Ok(())
}

/// Returns the values of all templates, of the archives in a folder.
fn values(dir: &Path, release: &Release) -> Result<Values> {
    let homepage = release.homepage().context("a manifest needs the repository")?;
    let owner = release.repository.iter().flat_map(|name| name.split('/')).next().unwrap_or_default();
    let mut values = release.values();
    values.set("owner", owner);
    values.set("winget_id", &winget_id(owner));
    for platform in &PLATFORMS {
        let name = platform.archive(&release.version);
        let path = dir.join(&name);
        let target = platform.target;
        let hash = sha256(&path).with_context(|| format!("the archive for {target} is missing"))?;
        let address = format!("{homepage}/releases/download/v{}/{name}", release.version);
        values.set(&format!("url.{target}"), &address);
        values.set(&format!("sha256.{target}"), &hash);
    }
    Ok(values)
}

fn winget_id(owner: &str) -> String {
    format!("{owner}.ClaudeTokenMonitor")
}

fn manifests(release: &Release, values: &Values) -> Result<Vec<Entry>> {
    let id = values.fill("{{winget_id}}")?;
    let winget = WINGET.map(|(part, template)| (format!("winget/{id}{part}.yaml"), template));
    let others = MANIFESTS.map(|(path, template)| (path.to_owned(), template));
    let fill = |(path, template): (String, &str)| {
        let text = values.fill(template).with_context(|| format!("{path} of {}", release.version))?;
        Ok(Entry::file(path, text))
    };
    others.into_iter().chain(winget).map(fill).collect()
}

/// Returns the licences of this repository, without those of what is linked, which the packages with programs have.
pub(super) fn licences(repository: &Repository) -> Result<Vec<Entry>> {
    let read = |name: &str| Ok(Entry::file(format!("package/{name}"), fs::read(repository.root.join(name))?));
    ["LICENSE-APACHE", "LICENSE-MIT"].into_iter().map(read).collect()
}
