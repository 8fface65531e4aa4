//! Packages for Fedora, openSUSE and their relatives.
//!
//! No script is in them: nothing is started, and nothing else is changed.

use super::layout::Layout;
use super::pack::TIME_S;
use super::platform::Linux;
use super::{linux, release};
use ::rpm::{BuildConfig, CompressionType, FileOptions, PackageBuilder};
use anyhow::Result;

/// Where these distributions have completions.
const ZSH: &str = "usr/share/zsh/site-functions";

/// Returns the name of the package and its content.
pub(super) fn package(layout: &Layout, names: &Linux) -> Result<(String, Vec<u8>)> {
    let version = layout.release.tilde_version();
    let mut builder =
        PackageBuilder::new(release::NAME, &version, "MIT OR Apache-2.0", names.rpm, release::SUMMARY);
    builder.using_config(BuildConfig::v4().compression(CompressionType::Gzip).source_date(TIME_S));
    builder.release("1").description(release::SUMMARY).build_host("localhost");
    if let Some(homepage) = layout.release.homepage() {
        builder.url(homepage);
    }
    let documents = format!("usr/share/doc/{}", release::NAME);
    builder.with_dir_entry(FileOptions::dir(format!("/{documents}")).permissions(0o755))?;
    for file in linux::files(layout, ZSH)? {
        let mode = u16::try_from(file.mode)?;
        let options = FileOptions::new(format!("/{}", file.path)).permissions(mode);
        let is_document = file.path.starts_with(&documents) || file.path.contains("/man1/");
        builder.with_file_contents(file.bytes, if is_document { options.doc() } else { options })?;
    }
    let mut bytes = Vec::new();
    builder.build()?.write(&mut bytes)?;
    Ok((format!("{}-{}-1.{}.rpm", release::NAME, layout.release.version, names.rpm), bytes))
}
