//! Python wheels that contain the programs, for `uvx`, `pipx` and `pip`.

use super::layout::Layout;
use super::pack::{Entry, zip};
use super::release::Release;
use anyhow::Result;
use base64::Engine;
use base64::engine::general_purpose::URL_SAFE_NO_PAD;
use sha2::{Digest, Sha256};

/// Name, version and description.
const METADATA: &str = include_str!("../../../packaging/wheel/METADATA");

/// Version of the format.
const WHEEL: &str = include_str!("../../../packaging/wheel/WHEEL");

/// The command with the name of the package.
const ENTRY_POINTS: &str = include_str!("../../../packaging/wheel/entry_points.txt");

/// The module that it calls.
const MODULE: &str = include_str!("../../../packaging/wheel/start.py");

/// Returns the name of the wheel and its content.
pub(super) fn package(layout: &Layout) -> Result<(String, Vec<u8>)> {
    let release = &layout.release;
    let values = release.values();
    let module = Release::python_module();
    let name = format!("{module}-{}", release.python_version());
    let info = format!("{name}.dist-info");
    let mut files = layout.programs(&format!("{name}.data/scripts/"))?;
    files.push(Entry::file(format!("{module}/__init__.py"), MODULE));
    files.extend(layout.licences(&format!("{info}/licenses/"))?);
    files.push(Entry::file(format!("{info}/METADATA"), values.fill(METADATA)?));
    files.push(Entry::file(format!("{info}/WHEEL"), format!("{WHEEL}{}", tags(layout.platform.wheel))));
    files.push(Entry::file(format!("{info}/entry_points.txt"), values.fill(ENTRY_POINTS)?));
    let record = format!("{info}/RECORD");
    files.push(Entry::file(&*record, recorded(&files, &record)));
    Ok((format!("{name}-py3-none-{}.whl", layout.platform.wheel), zip(&files)?))
}

/// Returns a line for each of the platforms that a tag names.
fn tags(platforms: &str) -> String {
    platforms.split('.').map(|platform| format!("Tag: py3-none-{platform}\n")).collect()
}

/// Returns the files with their hashes and sizes, and the record itself without.
fn recorded(files: &[Entry], record: &str) -> String {
    let line = |file: &Entry| {
        let hash = URL_SAFE_NO_PAD.encode(Sha256::digest(&file.bytes));
        format!("{},sha256={hash},{}\n", file.path, file.bytes.len())
    };
    files.iter().map(line).chain([format!("{record},,\n")]).collect()
}
