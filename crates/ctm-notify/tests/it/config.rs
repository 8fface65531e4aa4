//! Channels of a config file.

use ctm_config::settings::{Layers, Settings};
use ctm_notify::{Channel, Notice, NoticeReport};
use ctm_types::EpochMs;
use std::ffi::OsString;
use std::fs;

/// 1 January 2026.
pub(crate) const NOW: EpochMs = EpochMs(1_767_225_600_000);

/// Opens the only channel of a config file.
pub(crate) fn channel(lines: &str) -> Channel {
    opened(lines, &|_| None).unwrap_or_else(|error| panic!("{error}"))
}

/// Opens the only channel of a config file, with variables of the environment; an error is its text with its causes.
pub(crate) fn opened(lines: &str, variables: &dyn Fn(&str) -> Option<OsString>) -> Result<Channel, String> {
    let home = tempfile::tempdir().unwrap();
    let config = home.path().join(".config/ctm/config.toml");
    fs::create_dir_all(config.parent().unwrap()).unwrap();
    fs::write(&config, format!("[[channel]]\nname = 'a'\n{lines}\n")).unwrap();
    let environment = [("HOME".to_owned(), home.path().into())].into();
    let settings = Settings::new(&Layers { flags: [].into(), environment });
    let settings = settings.map_err(|error| ctm_types::printable::with_causes(&error))?;
    Channel::open(&settings.channels[0], variables).map_err(|error| ctm_types::printable::with_causes(&error))
}

/// Returns a notice.
pub(crate) fn notice() -> Notice {
    Notice {
        id: "0123456789abcdef0123456789abcdef".to_owned(),
        at_ms: NOW,
        rule: "team".to_owned(),
        kind: "budget".to_owned(),
        title: "Budget <team> is at 83 %".to_owned(),
        text: "83 % of $200.00 is used.\n预算 *team*".to_owned(),
        is_test: false,
        report: None,
    }
}

/// Returns a notice with a written report.
pub(crate) fn with_report() -> Notice {
    let markdown =
        "# Claude Code usage\n\n| Project | Cost |\n| --- | ---: |\n| 项目 A | $1.00 |\n".to_owned();
    let html = "<!DOCTYPE html><title>Claude Code usage</title><h1>Claude Code usage</h1>\n".to_owned();
    Notice { report: Some(NoticeReport { markdown, html }), ..notice() }
}
