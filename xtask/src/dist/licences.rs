//! The licences of all parts of the program.

use super::PROGRAMS;
use crate::metadata::{Metadata, Node, Package};
use anyhow::{Context, Result};
use ctm_harness::process;
use ctm_harness::repository::Repository;
use std::collections::{BTreeMap, HashMap, HashSet};
use std::fs;
use std::path::Path;

/// Returns name, version, licence and licence texts of every package that is linked into the programs; shared texts
/// are included once.
pub(super) fn of(repository: &Repository, target: &str) -> Result<String> {
    let mut command =
        repository.cargo(["metadata", "--format-version", "1", "--locked", "--filter-platform"]);
    let metadata = Metadata::parse(&process::output(command.arg(target))?)?;
    let linked = linked(&metadata).context("the workspace lacks a program")?;
    let mut packages: Vec<_> = metadata
        .packages
        .iter()
        .filter(|package| package.source.is_some() && linked.contains(package.id.as_str()))
        .collect();
    packages.sort_by(|one, other| (&one.name, &one.version).cmp(&(&other.name, &other.version)));
    let mut list = String::from("What Claude Token Monitor is made of, and under which licences.\n\n");
    let mut texts: BTreeMap<String, Vec<String>> = BTreeMap::new();
    for package in packages {
        let name = format!("{} {}", package.name, package.version);
        let licence = package.license.as_deref().unwrap_or("see its text");
        list.push_str(&format!("{name}: {licence}, {}\n", package.repository.as_deref().unwrap_or("-")));
        for text in texts_of(Path::new(&package.manifest_path))? {
            texts.entry(text).or_default().push(name.clone());
        }
    }
    for (text, packages) in texts {
        list.push_str(&format!("\n\n==== {}\n\n{}\n", packages.join(", "), text.trim()));
    }
    Ok(list)
}

/// Returns the ids of the packages that are linked into the programs.
fn linked(metadata: &Metadata) -> Option<HashSet<&str>> {
    let nodes: HashMap<&str, &Node> =
        metadata.resolve.nodes.iter().map(|node| (node.id.as_str(), node)).collect();
    let of = |name: &&str| {
        let is_it = |package: &&Package| package.name == *name && package.source.is_none();
        metadata.packages.iter().find(is_it).map(|package| package.id.as_str())
    };
    let mut left = PROGRAMS.iter().map(of).collect::<Option<Vec<_>>>()?;
    let mut reached = HashSet::new();
    while let Some(id) = left.pop() {
        if reached.insert(id) {
            let node = nodes.get(id)?;
            left.extend(
                node.deps
                    .iter()
                    .filter(|dependency| dependency.is_linked())
                    .map(|dependency| dependency.pkg.as_str()),
            );
        }
    }
    Some(reached)
}

/// Returns the licence texts next to a manifest.
fn texts_of(manifest: &Path) -> Result<Vec<String>> {
    let folder = manifest.parent().context("a manifest lies in a folder")?;
    let mut texts = Vec::new();
    for entry in fs::read_dir(folder)? {
        let entry = entry?;
        let name = entry.file_name().to_string_lossy().to_uppercase();
        let is_text = ["LICENSE", "LICENCE", "COPYING", "NOTICE"].iter().any(|start| name.starts_with(start));
        if is_text && entry.file_type()?.is_file() {
            texts.push(String::from_utf8_lossy(&fs::read(entry.path())?).into_owned());
        }
    }
    texts.sort();
    Ok(texts)
}
