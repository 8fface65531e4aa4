//! `cargo xtask codegen`: files that are generated from the code and checked in.
//!
//! The server's types describe themselves, and the types of the web client are generated from that; so are
//! the schemas of exports and proofs and the lists of settings. The files are checked in, so that changes of the interface are visible in a review,
//! and that nothing has to be generated to read or build the page.

use crate::page::Web;
use anyhow::{Context, Result, bail};
use ctm_harness::repository::Repository;
use ctm_harness::{process, server};
use std::path::Path;

/// Path of the OpenAPI document.
const DOCUMENT: &str = "docs/openapi.json";

/// The files with JSON Schemas, each with the arguments that print it.
const SCHEMAS: [(&str, &[&str]); 2] = [
    ("docs/schemas/export.json", &["export", "schema"]),
    ("docs/schemas/proof.json", &["prove", "--schema"]),
];

/// Files that end with the settings: each with the line above them, and the arguments that print them.
const SETTINGS: [(&str, &str, &[&str]); 2] = [
    ("docs/configuration.md", "<!-- written by `cargo xtask codegen` -->\n", &["settings"]),
    (
        "docker/.env.example",
        "# Settings, written by `cargo xtask codegen`.\n",
        &["settings", "--format", "compose"],
    ),
];

/// Path of the types of the web client.
const TYPES: &str = "web/src/lib/api/schema.ts";

/// Generates the OpenAPI document, the types of the web client, the schema of exports and the lists of settings from the code.
#[derive(clap::Args)]
pub(crate) struct Args {
    /// Writes nothing, and fails when a file is not what would be generated.
    #[arg(long)]
    pub(crate) check: bool,
}

/// Generates the files, or checks them.
pub(crate) fn run(repository: &Repository, args: &Args) -> Result<()> {
    let web = Web::of(repository)?;
    let folder = tempfile::tempdir()?;
    let ctm = server::built(repository)?;
    let output = |args: &[&str]| process::output(server::isolated(&ctm, folder.path()).args(args));
    let document = output(&["openapi"])?;
    let generated = folder.path().join("openapi.json");
    std::fs::write(&generated, &document)?;
    let types = folder.path().join("schema.ts");
    // The file comes first: what follows a flag would be taken for its value.
    let mut typescript = web.pnpm(["exec", "openapi-typescript"]);
    typescript.arg(&generated).arg("--output").arg(&types);
    process::run(typescript.args(["--root-types", "--root-types-no-schema-prefix"]))?;
    let mut files = vec![(DOCUMENT, generated), (TYPES, types)];
    for (number, (file, args)) in SCHEMAS.into_iter().enumerate() {
        let schema = folder.path().join(format!("schema-{number}.json"));
        std::fs::write(&schema, output(args)?)?;
        files.push((file, schema));
    }
    for (number, (file, marker, args)) in SETTINGS.into_iter().enumerate() {
        let text = std::fs::read_to_string(repository.root.join(file))?;
        let (before, _) = text.split_once(marker).with_context(|| format!("`{file}` has no {marker}"))?;
        let settings = folder.path().join(format!("settings-{number}"));
        std::fs::write(&settings, format!("{before}{marker}\n{}", output(args)?))?;
        files.push((file, settings));
    }
    for (file, generated) in &files {
        let target = repository.root.join(file);
        if args.check {
            compare(&target, generated)
                .with_context(|| format!("`{file}` is stale; run `cargo xtask codegen`"))?;
        } else {
            std::fs::copy(generated, &target).with_context(|| format!("cannot write `{file}`"))?;
        }
    }
    Ok(())
}

/// Fails with the first difference of two files.
fn compare(file: &Path, expected: &Path) -> Result<()> {
    let (found, expected) = (std::fs::read_to_string(file)?, std::fs::read_to_string(expected)?);
    let mut lines = (1..).zip(found.lines().zip(expected.lines()));
    if let Some((number, (line, expected))) = lines.find(|(_, (line, expected))| line != expected) {
        bail!("line {number} is\n  {line}\nand not\n  {expected}");
    }
    if found.len() != expected.len() {
        bail!("it has {} bytes and not {}", found.len(), expected.len());
    }
    Ok(())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_file_that_differs_is_stale() {
        let folder = tempfile::tempdir().unwrap();
        let write = |name: &str, text: &str| {
            let path = folder.path().join(name);
            std::fs::write(&path, text).unwrap();
            path
        };
        let expected = write("expected", "a\nb\n");
        assert!(compare(&write("same", "a\nb\n"), &expected).is_ok());
        let error = compare(&write("other", "a\nc\n"), &expected).unwrap_err().to_string();
        assert!(error.contains("line 2") && error.contains("  b"), "{error}");
        assert!(compare(&write("shorter", "a\n"), &expected).is_err());
        assert!(compare(&folder.path().join("missing"), &expected).is_err());
    }
}
