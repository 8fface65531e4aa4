//! `cargo xtask docs`: the site of the documentation.
//!
//! - [`pages`]: the files of the site, which are those of the repository at their own paths;
//! - [`navigation`]: the order of the pages, from the tables of the README;
//! - [`links`]: links of the built pages, with their anchors.
//!
//! # Design
//!
//! The pages stay readable where they are: nothing is rewritten, and there is no second table of contents. A file that a page
//! links to, such as a source, is part of the site, which so needs no address of the repository. `mdbook` was rejected: no index
//! of packages for Python or Node has its program, which would have to be compiled; it needs a table of contents of its own, and its search has no Chinese.
//! Material for `MkDocs` ends in May 2027; its authors continue with the builder that is used here.

mod links;
mod navigation;
mod pages;

use crate::python;
use anyhow::{Context, Result, bail};
use ctm_harness::process;
use ctm_harness::repository::Repository;
use serde_json::json;
use std::fs;
use std::path::PathBuf;
use std::process::Command;

/// What builds the site, in its version.
const REQUIREMENTS: &str = include_str!("requirements.txt");

/// The version of the workspace, and the folder of the site.
const VERSION: &str = env!("CARGO_PKG_VERSION");

/// Where words begin and end for the search: as by default, and each Chinese character is a word.
const SEPARATOR: &str =
    r#"[\s\-_,:!=\[\]()\\"`/、，。：；（）]+|\.(?!\d)|(?=[\u4e00-\u9fff])|(?<=[\u4e00-\u9fff])"#;

/// Builds the site of the documentation into a folder with the version of the workspace, and checks all its links.
///
/// The site is made of the README, its pages in `docs/` and every file that they link to. Its builder is installed below
/// the target folder, which requires Python. `cargo xtask test` includes it.
#[derive(Default, clap::Args)]
pub(crate) struct Args {
    /// Output folder; `target/docs` by default
    #[arg(long, value_name = "DIR")]
    out: Option<PathBuf>,
}

/// Builds the site and checks its links.
pub(crate) fn run(repository: &Repository, args: &Args) -> Result<()> {
    let out = match &args.out {
        Some(out) => repository.root.join(out),
        None => repository.target()?.join("docs"),
    };
    let programs = python::programs(repository, "docs", REQUIREMENTS)?;
    let temporary = tempfile::tempdir()?;
    let folder = temporary.path();
    let pages = pages::copy(&repository.root, &folder.join("pages"))?;
    let readme = fs::read_to_string(repository.root.join("README.md"))?;
    let navigation = navigation::of(&readme, &pages)?;
    fs::write(folder.join("zensical.toml"), configuration(&navigation)?)?;
    let mut zensical = Command::new(programs.join("zensical"));
    zensical.args(["build", "--strict", "--clean"]).env("NO_COLOR", "1").current_dir(folder);
    process::run(&mut zensical).context("the site cannot be built")?;

    let built = folder.join("site");
    let broken = links::broken(&built)?;
    if !broken.is_empty() {
        bail!("links of the site lead nowhere:\n{}", broken.join("\n"));
    }
    let site = out.join(VERSION);
    if site.exists() {
        fs::remove_dir_all(&site)?;
    }
    let files = pages::copy_folder(&built, &site)?;
    fs::write(out.join("index.html"), redirect())?;
    println!(
        "{files} files in `{}`, {} pages",
        site.display(),
        pages.iter().filter(|page| is_page(page)).count()
    );
    Ok(())
}

fn is_page(path: &str) -> bool {
    path.ends_with(".md")
}

/// Returns the settings of the builder.
fn configuration(navigation: &serde_json::Value) -> Result<String> {
    let scheme = |scheme: &str, query: &str, icon: &str, other: &str| {
        let toggle = json!({ "icon": icon, "name": format!("Switch to {other} colours") });
        json!({ "scheme": scheme, "media": format!("(prefers-color-scheme: {query})"), "toggle": toggle })
    };
    let palette =
        [scheme("default", "light", "lucide/sun", "dark"), scheme("slate", "dark", "lucide/moon", "light")];
    let project = json!({
        "site_name": "Claude Token Monitor",
        "docs_dir": "pages",
        "site_dir": "site",
        // So that paths within HTML of a page hold, as they do in the repository.
        "use_directory_urls": false,
        "copyright": format!("Version {VERSION}. MIT or Apache 2.0."),
        "nav": navigation,
        "extra": { "generator": false },
        "plugins": { "search": { "separator": SEPARATOR } },
        "theme": {
            // Nothing is loaded from elsewhere.
            "font": false,
            "features": ["content.code.copy", "navigation.footer", "navigation.sections", "navigation.top", "search.highlight"],
            "palette": palette,
        },
        "markdown_extensions": {
            "tables": {}, "attr_list": {}, "md_in_html": {},
            "toc": { "permalink": true, "slugify": { "object": "pymdownx.slugs.slugify", "kwds": { "case": "lower" } } },
            "pymdownx": { "highlight": {}, "superfences": {}, "inlinehilite": {} },
        },
    });
    toml::to_string(&json!({ "project": project })).context("cannot write the settings of the site")
}

/// Returns the page above the versions, which leads to this one.
fn redirect() -> String {
    format!(
        "<!doctype html>\n<html lang=\"en\">\n<meta charset=\"utf-8\">\n<title>Claude Token Monitor</title>\n\
         <meta http-equiv=\"refresh\" content=\"0; url={VERSION}/index.html\">\n\
         <a href=\"{VERSION}/index.html\">Version {VERSION}</a>\n</html>\n"
    )
}
