//! Rules of manifests: what every `Cargo.toml` inherits from the workspace.

use super::tree::Tree;
use crate::package::PUBLISHED;
use toml::{Table, Value};

/// Fields that a package inherits from the workspace.
const PACKAGE: [&str; 5] = ["version", "edition", "rust-version", "license", "publish"];

/// Tables of dependencies.
const DEPENDENCIES: [&str; 3] = ["dependencies", "dev-dependencies", "build-dependencies"];

/// Members inherit package data, lints and versions from the workspace.
pub(crate) fn inheritance(tree: &Tree) -> Vec<String> {
    let mut breaches = Vec::new();
    for (path, text) in tree.files().filter(|(path, _)| path.ends_with("/Cargo.toml")) {
        match text.parse::<Table>() {
            Ok(manifest) => {
                let own = own_settings(&manifest).into_iter();
                breaches
                    .extend(own.map(|what| format!("{path}: {what} is not inherited from the workspace")));
            }
            Err(error) => breaches.push(format!("{path}: {}", error.message())),
        }
    }
    breaches
}

/// Returns what should be inherited and is not.
fn own_settings(manifest: &Table) -> Vec<String> {
    let package = manifest.get("package");
    let mut own: Vec<String> = PACKAGE
        .into_iter()
        .filter(|key| !is_inherited(package.and_then(|package| package.get(key))))
        .filter(|key| !["publish", "rust-version"].contains(key) || !is_published(package))
        .map(|key| format!("package.{key}"))
        .collect();
    if !is_inherited(manifest.get("lints")) {
        own.push("lints".to_owned());
    }
    let targets = manifest.get("target").and_then(Value::as_table).into_iter().flat_map(Table::values);
    for table in std::iter::once(manifest).chain(targets.filter_map(Value::as_table)) {
        for kind in DEPENDENCIES {
            let dependencies = table.get(kind).and_then(Value::as_table).into_iter().flatten();
            own.extend(
                dependencies
                    .filter(|(_, dependency)| !is_inherited(Some(dependency)))
                    .map(|(name, _)| format!("{kind}.{name}")),
            );
        }
    }
    own
}

/// Returns whether a package is one of those that are published.
fn is_published(package: Option<&Value>) -> bool {
    let name = package.and_then(|package| package.get("name")).and_then(Value::as_str);
    name.is_some_and(|name| PUBLISHED.contains(&name))
}

fn is_inherited(setting: Option<&Value>) -> bool {
    setting.and_then(|setting| setting.get("workspace")).and_then(Value::as_bool) == Some(true)
}

#[cfg(test)]
mod tests {
    use super::*;

    const GOOD: &str = "
        [package]
        name = 'a'
        version.workspace = true
        edition.workspace = true
        rust-version.workspace = true
        license.workspace = true
        publish.workspace = true
        [dependencies]
        serde.workspace = true
        [target.'cfg(unix)'.dependencies]
        rustix = { workspace = true, features = ['process'] }
        [lints]
        workspace = true";

    fn check(good: &str, bad: &str, expected: &[&str]) {
        let manifest = GOOD.replace(good, bad);
        let breaches = inheritance(&Tree::from([("crates/a/Cargo.toml", &*manifest), ("Cargo.toml", "")]));
        assert_eq!(breaches, expected, "{bad}");
    }

    #[test]
    fn everything_is_inherited() {
        check("", "", &[]);
        let breach = |what: &str| format!("crates/a/Cargo.toml: {what} is not inherited from the workspace");
        check("        version.workspace", "        version.other", &[&breach("package.version")]);
        check("publish.workspace = true", "publish = true", &[&breach("package.publish")]);
        check("edition.workspace = true", "edition = '2024'", &[&breach("package.edition")]);
        check("[lints]", "[other]", &[&breach("lints")]);
        check("serde.workspace = true", "serde = '1'", &[&breach("dependencies.serde")]);
        check("workspace = true, features", "version = '1', features", &[&breach("dependencies.rustix")]);
        check("[dependencies]\n", "[dev-dependencies]\nb.path = '../b'\n", &[&breach("dev-dependencies.b")]);
    }

    #[test]
    fn only_what_is_published_says_so() {
        let manifest =
            GOOD.replace("publish.workspace = true", "publish = true").replace("'a'", "'ctm-types'");
        assert_eq!(inheritance(&Tree::from([("crates/a/Cargo.toml", &*manifest)])), [""; 0]);
    }

    #[test]
    fn broken_manifest_is_a_breach() {
        let breaches = inheritance(&Tree::from([("crates/a/Cargo.toml", "[package")]));
        assert!(
            matches!(&breaches[..], [breach] if breach.starts_with("crates/a/Cargo.toml: ")),
            "{breaches:?}"
        );
    }
}
