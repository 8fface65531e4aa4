//! The files of a package of a distribution, by their paths in the system.

use super::PROGRAMS;
use super::layout::Layout;
use super::pack::{Entry, gzip};
use super::release::NAME;
use anyhow::Result;

/// What the licence is, in the form of Debian.
const COPYRIGHT: &str = include_str!("../../../packaging/copyright");

/// The service of systemd: where it is, and the program that it names in an archive and in a package.
const SERVICE: &str = "services/ctm.service";
const OWN_PROGRAM: &str = "%h/.local/bin/ctm";
const PROGRAM: &str = "/usr/bin/ctm";

/// Returns the files, without a leading `/`. `zsh` is the folder of its completions, which differs between distributions.
pub(super) fn files(layout: &Layout, zsh: &str) -> Result<Vec<Entry>> {
    let mut files = layout.programs("usr/bin/")?;
    for name in PROGRAMS {
        let places = [
            ("bash", format!("usr/share/bash-completion/completions/{name}")),
            ("fish", format!("usr/share/fish/vendor_completions.d/{name}.fish")),
            ("zsh", format!("{zsh}/_{name}")),
        ];
        for (shell, to) in places {
            files.push(Entry::file(to, layout.read(&format!("completions/{name}.{shell}"))?));
        }
    }
    files.push(Entry::file(format!("usr/share/doc/{NAME}/README.md"), layout.read("README.md")?));
    let service = String::from_utf8(layout.read(SERVICE)?)?.replace(OWN_PROGRAM, PROGRAM);
    files.push(Entry::file("usr/lib/systemd/user/ctm.service", service));
    for path in layout.manual()? {
        let name = path.trim_start_matches("man/");
        files.push(Entry::file(format!("usr/share/man/man1/{name}.gz"), gzip(&layout.read(&path)?)?));
    }
    let copyright = layout.release.values().fill(COPYRIGHT)?;
    files.push(Entry::file(format!("usr/share/doc/{NAME}/copyright"), copyright));
    for (from, to) in [("CHANGELOG.md", "CHANGELOG.md.gz"), ("THIRD-PARTY.txt", "THIRD-PARTY.txt.gz")] {
        files.push(Entry::file(format!("usr/share/doc/{NAME}/{to}"), gzip(&layout.read(from)?)?));
    }
    for licence in ["LICENSE-APACHE", "LICENSE-MIT"] {
        files.push(Entry::file(format!("usr/share/doc/{NAME}/{licence}"), layout.read(licence)?));
    }
    files.sort_by(|one, other| one.path.cmp(&other.path));
    Ok(files)
}
