//! The files of the site: pages, and everything that they link to.

use anyhow::{Context, Result, bail};
use std::collections::BTreeSet;
use std::fs;
use std::path::Path;
use walkdir::WalkDir;

/// Where the pages begin; all of `docs` is part of the site.
const FIRST: [&str; 2] = ["README.md", "README.zh-CN.md"];

/// Attributes of HTML whose values are links.
const ATTRIBUTES: [&str; 3] = ["href=\"", "src=\"", "srcset=\""];

/// Copies the files of the site from the repository, and returns their paths.
pub(super) fn copy(root: &Path, to: &Path) -> Result<BTreeSet<String>> {
    let mut open: Vec<String> = FIRST.map(str::to_owned).into();
    for entry in WalkDir::new(root.join("docs")).sort_by_file_name() {
        let entry = entry?;
        if entry.file_type().is_file() {
            let path = entry.path().strip_prefix(root)?;
            let names: Vec<_> = path.iter().map(|name| name.to_string_lossy()).collect();
            open.push(names.join("/"));
        }
    }
    let mut copied = BTreeSet::new();
    while let Some(path) = open.pop() {
        if !copied.insert(path.clone()) {
            continue;
        }
        let (from, target) = (root.join(&path), to.join(&path));
        fs::create_dir_all(target.parent().context("a file is in a folder")?)?;
        fs::copy(&from, &target).with_context(|| format!("cannot copy `{path}`"))?;
        if super::is_page(&path) {
            let text = fs::read_to_string(&from)?;
            for link in links(&text) {
                open.extend(target_of(root, &path, link)?);
            }
        }
    }
    Ok(copied)
}

/// Copies a folder, and returns the number of its files.
pub(super) fn copy_folder(from: &Path, to: &Path) -> Result<usize> {
    let mut files = 0;
    for entry in WalkDir::new(from) {
        let entry = entry?;
        let target = to.join(entry.path().strip_prefix(from)?);
        if entry.file_type().is_dir() {
            fs::create_dir_all(&target)?;
        } else {
            fs::copy(entry.path(), &target)?;
            files += 1;
        }
    }
    Ok(files)
}

/// Returns the path of the file that a page links to, if the link is to a file of the repository.
fn target_of(root: &Path, page: &str, link: &str) -> Result<Option<String>> {
    let link = link.split('#').next().unwrap_or_default();
    if link.is_empty() || link.contains(':') {
        return Ok(None);
    }
    let Some(path) = resolve(page, link) else {
        bail!("`{page}` links to `{link}`, outside of the repository")
    };
    if !root.join(&path).is_file() {
        bail!("`{page}` links to `{link}`, which is no file");
    }
    Ok(Some(path))
}

/// Returns the path of a relative link of a page, if it does not leave the repository.
pub(super) fn resolve(page: &str, link: &str) -> Option<String> {
    let mut names: Vec<&str> = page.split('/').collect();
    names.pop();
    for name in link.split('/') {
        match name {
            "." | "" => {}
            ".." => _ = names.pop()?,
            name => names.push(name),
        }
    }
    Some(names.join("/"))
}

/// Returns the links of a page, outside of code.
fn links(text: &str) -> Vec<&str> {
    let mut links = Vec::new();
    let mut in_code = false;
    for line in text.lines() {
        if line.trim_start().starts_with("```") {
            in_code = !in_code;
        } else if !in_code {
            // A link follows its label, so that code within a label does not hide it.
            let plain = line.split('`').step_by(2);
            for part in plain {
                links.extend(part.split("](").skip(1).filter_map(|rest| rest.split([')', ' ']).next()));
                for attribute in ATTRIBUTES {
                    links.extend(
                        part.split(attribute).skip(1).filter_map(|rest| rest.split(['"', ' ']).next()),
                    );
                }
            }
        }
    }
    links
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn links_are_those_outside_of_code() {
        let text = "[a](a.md#b) and [`b`](../b.rs), `[c](c.md)`\n```sh\n[d](d.md)\n```\n<img src=\"e.png\"> [f]( \"x\")";
        assert_eq!(links(text), ["a.md#b", "../b.rs", "", "e.png"]);
    }

    #[test]
    fn a_link_is_relative_to_its_page() {
        let check = |page, link, expected: Option<&str>| assert_eq!(resolve(page, link).as_deref(), expected);
        check("docs/a.md", "b.md", Some("docs/b.md"));
        check("docs/a.md", "../README.md", Some("README.md"));
        check("README.md", "./docs/a.md", Some("docs/a.md"));
        check("README.md", "../a.md", None);
    }

    #[test]
    fn what_is_linked_is_copied_and_what_is_missing_is_named() {
        let root = tempfile::tempdir().unwrap();
        let write = |path: &str, text: &str| fs::write(root.path().join(path), text).unwrap();
        fs::create_dir_all(root.path().join("docs")).unwrap();
        write("README.md", "[a](docs/a.md) [b](https://example.org)");
        write("README.zh-CN.md", "");
        write("docs/a.md", "[c](../c.rs#x)");
        write("c.rs", "");
        let to = tempfile::tempdir().unwrap();
        let copied = copy(root.path(), to.path()).unwrap();
        assert_eq!(
            copied.into_iter().collect::<Vec<_>>(),
            ["README.md", "README.zh-CN.md", "c.rs", "docs/a.md"]
        );
        write("docs/a.md", "[c](gone.md)");
        let error = copy(root.path(), to.path()).unwrap_err().to_string();
        assert_eq!(error, "`docs/a.md` links to `gone.md`, which is no file");
    }
}
