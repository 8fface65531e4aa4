//! Rules of records: required documentation.

use super::tree::Tree;
use std::collections::BTreeSet;

/// Every folder of test data has a line in the README next to it with its purpose.
pub(crate) fn testdata(tree: &Tree) -> Vec<String> {
    let mut breaches = Vec::new();
    for (collection, situation) in situations(tree) {
        let readme = format!("testdata/{collection}/README.md");
        let name = format!("`{situation}`");
        let is_explained = tree.text(&readme).is_some_and(|text| text.contains(&name));
        if !is_explained {
            breaches.push(format!("{readme}: no line describes {name}"));
        }
    }
    breaches
}

/// Returns the folders `testdata/<collection>/<situation>`.
fn situations(tree: &Tree) -> BTreeSet<(&str, &str)> {
    tree.files()
        .filter_map(|(path, _)| {
            let (collection, rest) = path.strip_prefix("testdata/")?.split_once('/')?;
            let (situation, _) = rest.split_once('/')?;
            Some((collection, situation))
        })
        .collect()
}

/// The changelog has a section for changes since the last release.
pub(crate) fn changelog(tree: &Tree) -> Vec<String> {
    let is_section = |line: &str| line.starts_with("## ") && line.contains("Unreleased");
    if tree.text("CHANGELOG.md").is_some_and(|text| text.lines().any(is_section)) {
        return Vec::new();
    }
    vec!["CHANGELOG.md: there is no section `## Unreleased`".to_owned()]
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn test_data_is_explained() {
        let check = |readme: &str, expected: &[&str]| {
            let tree = Tree::from([
                ("testdata/claude/README.md", readme),
                ("testdata/claude/fork/projects/p/s.jsonl", "{}"),
            ]);
            assert_eq!(testdata(&tree), expected);
        };
        check("- `fork`: the same lines in two files", &[]);
        check("- `forks`: many", &["testdata/claude/README.md: no line describes `fork`"]);
    }

    #[test]
    fn changelog_has_a_place_for_changes() {
        for text in ["# Changelog\n\n## Unreleased\n", "## [Unreleased]"] {
            assert_eq!(changelog(&Tree::from([("CHANGELOG.md", text)])), [""; 0]);
        }
        for tree in [Tree::from([("CHANGELOG.md", "## 1.0.0\n\nUnreleased")]), Tree::from([])] {
            assert_eq!(changelog(&tree).len(), 1);
        }
    }
}
