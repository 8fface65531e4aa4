//! `cargo xtask tidy`: the rules of the repository that the compiler does not check.
//!
//! - [`layers`]: permitted dependencies, by [`graph`], which is cargo's own dependency graph;
//! - [`modules`]: which modules may import each other, and which packages;
//! - [`manifests`]: what every `Cargo.toml` takes from the workspace;
//! - [`sources`]: names and forbidden content of source files;
//! - [`errors`]: texts of errors without their causes;
//! - [`records`]: required documentation;
//! - [`wording`]: phrases that replace a term of the glossary.
//!
//! # Design
//!
//! A rule is a pure function from the state of the repository to its breaches, one sentence each, so that a
//! test shows for every rule that it can fail. Parsing `cargo tree` was rejected: `cargo metadata` prints the
//! same in a stable format.

mod errors;
mod graph;
mod layers;
mod manifests;
mod modules;
mod records;
mod sources;
mod tokens;
mod tree;
mod wording;

use anyhow::{Result, bail};
use ctm_harness::repository::Repository;
use graph::Graph;
use tree::Tree;

/// Proves the layers of the crates, and the other rules of the repository.
///
/// Only linked dependencies count, not those of tests and build scripts.
#[derive(clap::Args)]
pub(crate) struct Args {}

pub(crate) fn run() -> Result<()> {
    let repository = Repository::here();
    let graph = Graph::parse(&repository.metadata()?)?;
    let tree = Tree::read(&repository)?;
    let breaches = breaches(&graph, &tree);
    for breach in &breaches {
        println!("{breach}");
    }
    match breaches.len() {
        0 => Ok(()),
        1 => bail!("a rule of the repository is broken"),
        count => bail!("rules of the repository are broken in {count} places"),
    }
}

fn breaches(graph: &Graph, tree: &Tree) -> Vec<String> {
    [
        layers::order(graph),
        layers::ownership(graph),
        layers::purity(graph),
        layers::silence(graph),
        layers::bareness(graph),
        modules::circles(tree),
        modules::walls(tree),
        modules::imports(tree),
        manifests::inheritance(tree),
        sources::clock(tree),
        sources::unsafe_code(tree),
        sources::file_names(tree),
        sources::words(tree),
        errors::causes(tree),
        records::testdata(tree),
        records::changelog(tree),
        wording::refused(tree),
    ]
    .concat()
}

#[cfg(test)]
mod tests {
    use super::*;

    /// Checks the breaches of the modules of this repository, with lines planted at the end of files.
    fn check<const N: usize>(planted: [(&str, &str); N], expected: &[&str]) {
        let mut tree = Tree::read(&Repository::here()).unwrap();
        for (path, lines) in planted {
            assert!(tree.text(path).is_some(), "{path} has moved");
            tree.plant(path, lines);
        }
        assert_eq!([modules::circles(&tree), modules::imports(&tree)].concat(), expected);
    }

    #[test]
    fn a_planted_circle_and_a_planted_import_of_actix_are_breaches() {
        check([], &[]);
        check(
            [("crates/ctm-pricing/src/model.rs", "\nuse crate::table::Table;\n")],
            &["ctm-pricing: modules import each other in a circle: fields -> model -> table -> fields"],
        );
        check(
            [("crates/ctm-report/src/clock.rs", "\nfn planted() { actix_web::rt::spawn(async {}); }\n")],
            &["ctm-report: src/clock.rs names actix_web, which is for ctm-server alone"],
        );
    }
}
