//! Links of the built pages: each leads to a file of the site, and to an anchor in it.

use super::pages::resolve;
use anyhow::Result;
use percent_encoding::percent_decode_str;
use std::collections::{BTreeMap, BTreeSet};
use std::fs;
use std::path::Path;
use walkdir::WalkDir;

/// Pages that are shown at any address, so that their links begin at the root of a server.
const ANYWHERE: &str = "404.html";

/// Returns the links that lead nowhere, one sentence each.
pub(super) fn broken(site: &Path) -> Result<Vec<String>> {
    let mut pages = BTreeMap::new();
    let mut files = BTreeSet::new();
    for entry in WalkDir::new(site).sort_by_file_name() {
        let entry = entry?;
        let names: Vec<_> =
            entry.path().strip_prefix(site)?.iter().map(|name| name.to_string_lossy()).collect();
        let path = names.join("/");
        if path.ends_with(".html") && path != ANYWHERE {
            pages.insert(path.clone(), fs::read_to_string(entry.path())?);
        }
        if entry.file_type().is_file() {
            files.insert(path);
        }
    }
    let anchors: BTreeMap<&str, BTreeSet<String>> =
        pages.iter().map(|(path, html)| (path.as_str(), values(html, "id").collect())).collect();
    let mut broken = Vec::new();
    for (page, html) in &pages {
        for link in values(html, "href").chain(values(html, "src")).collect::<BTreeSet<_>>() {
            if !leads_somewhere(page, &link, &files, &anchors) {
                broken.push(format!("{page}: {link}"));
            }
        }
    }
    Ok(broken)
}

/// Returns whether a link of a page leads to a file and an anchor of the site, or out of it.
fn leads_somewhere(
    page: &str,
    link: &str,
    files: &BTreeSet<String>,
    anchors: &BTreeMap<&str, BTreeSet<String>>,
) -> bool {
    let (path, anchor) = link.split_once('#').unwrap_or((link, ""));
    if path.contains(':') {
        return true;
    }
    let path = path.split('?').next().unwrap_or_default();
    let target = if path.is_empty() { Some(page.to_owned()) } else { resolve(page, path) };
    let Some(target) = target else { return false };
    let is_there =
        files.contains(&target) || files.contains(format!("{target}/index.html").trim_start_matches('/'));
    is_there && (anchor.is_empty() || anchors.get(target.as_str()).is_none_or(|of| of.contains(anchor)))
}

/// Returns the values of an attribute in a page.
fn values<'a>(html: &'a str, attribute: &str) -> impl Iterator<Item = String> + use<'a> {
    let begin = format!(" {attribute}=\"");
    let parts: Vec<&str> = html.split(&begin).skip(1).collect();
    parts
        .into_iter()
        .filter_map(|rest| rest.split('"').next())
        .map(|value| percent_decode_str(&value.replace("&amp;", "&")).decode_utf8_lossy().into_owned())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_missing_file_and_a_missing_anchor_are_found() {
        let site = tempfile::tempdir().unwrap();
        let write = |path: &str, text: &str| fs::write(site.path().join(path), text).unwrap();
        fs::create_dir(site.path().join("docs")).unwrap();
        write(
            "index.html",
            "<a href=\"docs/a.html#x\"> <a href=\"docs/a.html#y\"> <a href=\"#\"> <a href=\"https://x.org/y\">",
        );
        write("docs/a.html", "<h1 id=\"x\"> <img src=\"../gone.png\"> <a href=\"..\"> <a href=\"#%78\">");
        write("404.html", "<a href=\"/nowhere\">");
        let expected = ["docs/a.html: ../gone.png", "index.html: docs/a.html#y"];
        assert_eq!(broken(site.path()).unwrap(), expected);
    }
}
