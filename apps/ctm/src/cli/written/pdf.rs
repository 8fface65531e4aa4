//! Printing by a browser on this machine.

use crate::error::AppError;
use ctm_types::printable;
use std::env;
use std::path::{Path, PathBuf};
use std::process::{Command, Stdio};

/// Programs that print, by preference.
const BROWSERS: [&str; 8] = [
    "chromium-headless-shell",
    "chromium",
    "chromium-browser",
    "google-chrome-stable",
    "google-chrome",
    "microsoft-edge",
    "chrome",
    "msedge",
];

/// Programs that are not in `PATH` where they are installed.
const INSTALLED: [&str; 4] = [
    "/Applications/Google Chrome.app/Contents/MacOS/Google Chrome",
    "/Applications/Microsoft Edge.app/Contents/MacOS/Microsoft Edge",
    "C:\\Program Files\\Google\\Chrome\\Application\\chrome.exe",
    "C:\\Program Files (x86)\\Microsoft\\Edge\\Application\\msedge.exe",
];

/// A browser that prints.
pub(super) struct Printer(PathBuf);

impl Printer {
    /// Returns the given browser, or one that is installed.
    pub(super) fn find(given: Option<&Path>) -> Result<Self, AppError> {
        let path = env::var_os("PATH").unwrap_or_default();
        let in_path = || env::split_paths(&path).map(|folder| folder.join("_"));
        let named = BROWSERS.into_iter().flat_map(|name| {
            in_path().map(move |file| file.with_file_name(name).with_extension(env::consts::EXE_EXTENSION))
        });
        let mut found = named.chain(INSTALLED.map(PathBuf::from)).filter(|file| file.is_file());
        given.map(Path::to_owned).or_else(|| found.next()).map(Self).ok_or_else(|| {
            let problem = "a PDF is printed by Chromium, Chrome or Edge, and none was found";
            AppError::Query(format!(
                "{problem}\nspecify one with --browser, or write --format html and print it"
            ))
        })
    }

    /// Returns an HTML file as PDF.
    pub(super) fn print(&self, html: &str) -> Result<Vec<u8>, AppError> {
        let fail = |what: &str| AppError::io(format!("{what} `{}`", printable::path(&self.0)));
        let folder = tempfile::tempdir().map_err(AppError::io("create a temporary folder"))?;
        let (page, pdf) = (folder.path().join("report.html"), folder.path().join("report.pdf"));
        std::fs::write(&page, html).map_err(AppError::io("write a temporary file"))?;
        let mut command = Command::new(&self.0);
        command.args(["--headless", "--disable-gpu", "--no-first-run", "--no-pdf-header-footer"]);
        // Nothing is fetched, not even by the browser itself.
        command.args(["--disable-background-networking", "--disable-component-update", "--disable-sync"]);
        if is_root() {
            // Chromium has no sandbox as root. The page has no scripts, and loads nothing.
            command.arg("--no-sandbox");
        }
        let mut profile = std::ffi::OsString::from("--user-data-dir=");
        profile.push(folder.path().join("profile"));
        let mut output = std::ffi::OsString::from("--print-to-pdf=");
        output.push(&pdf);
        command.arg(profile).arg(output).arg(&page).stdin(Stdio::null());
        let ended = command.output().map_err(fail("run"))?;
        std::fs::read(&pdf).map_err(|_| {
            let said = String::from_utf8_lossy(&ended.stderr);
            let said = said.lines().rfind(|line| !line.trim().is_empty()).unwrap_or("no message");
            let browser = printable::path(&self.0);
            AppError::Query(format!(
                "`{browser}` printed no PDF ({}): {}\nwrite --format html, and print it in a browser",
                ended.status,
                printable::one_line(said)
            ))
        })
    }
}

/// Returns whether the program runs as root of a Unix system.
#[cfg(unix)]
fn is_root() -> bool {
    use std::os::unix::fs::MetadataExt;
    Path::new("/proc/self").metadata().is_ok_and(|own| own.uid() == 0)
}

#[cfg(not(unix))]
fn is_root() -> bool {
    false
}
