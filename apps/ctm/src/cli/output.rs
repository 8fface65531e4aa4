//! Output of a command: human-readable, with colour on a terminal, or for programs.

use crate::error::AppError;
use crate::wrapping::fitted_to;
use anstream::stream::RawStream;
use anstream::{AutoStream, ColorChoice};
use anstyle::{AnsiColor, Style};
use clap::Args;
use ctm_export::{Column, Exporter, Format};
use ctm_types::printable;
use serde::Serialize;
use std::borrow::Cow;
use std::ffi::OsString;
use std::io::{self, ErrorKind, IsTerminal, Write};

/// Output format.
#[derive(Debug, Clone, Copy, Default, Args)]
#[command(next_help_heading = "Output")]
pub(super) struct FormArgs {
    /// Print JSON, in the shape of the REST interface
    #[arg(long, short)]
    pub(super) json: bool,
    /// Print CSV
    #[arg(long, conflicts_with = "json")]
    pub(super) csv: bool,
    /// Print a table with compact numbers and fewer columns
    #[arg(long, conflicts_with_all = ["json", "csv"])]
    pub(super) compact: bool,
}

impl FormArgs {
    /// Returns a report as JSON, its rows as CSV, or a page.
    pub(super) fn output<'a, R: 'a>(
        self,
        report: &impl Serialize,
        columns: Vec<Column<R>>,
        rows: impl IntoIterator<Item = &'a R>,
        page: impl FnOnce() -> String,
    ) -> Result<CommandOutput, AppError> {
        if self.json {
            CommandOutput::json(report)
        } else if self.csv {
            CommandOutput::csv(columns, rows)
        } else {
            Ok(CommandOutput::Page(page()))
        }
    }
}

/// Option for JSON output.
#[derive(Debug, Clone, Copy, Default, Args)]
#[command(next_help_heading = "Output")]
pub(super) struct JsonArgs {
    /// Print JSON
    #[arg(long, short)]
    pub(super) json: bool,
}

/// The output of a command.
#[derive(Debug)]
pub(super) enum CommandOutput {
    /// Human-readable text: styles are omitted if they are not supported, and all other control sequences are
    /// escaped.
    Page(String),
    /// Output for programs: written unchanged.
    Data(String),
    /// Output for programs with untrusted names: unchanged, but safe to show on a terminal.
    Rows(Format, String),
}

impl CommandOutput {
    /// Returns a value as JSON.
    pub(super) fn json(answer: &impl Serialize) -> Result<Self, AppError> {
        let text = serde_json::to_string_pretty(answer);
        text.map(Self::of_json).map_err(|error| AppError::io("write JSON")(error.into()))
    }

    /// Returns JSON as output.
    pub(super) fn of_json(text: String) -> Self {
        Self::Rows(Format::Json, text)
    }

    /// Returns rows as CSV.
    pub(super) fn csv<'a, R: 'a>(
        columns: Vec<Column<R>>,
        rows: impl IntoIterator<Item = &'a R>,
    ) -> Result<Self, AppError> {
        let written = || -> std::io::Result<Vec<u8>> {
            let mut exporter = Exporter::new(Format::Csv, columns, Vec::new())?;
            for row in rows {
                exporter.write(row)?;
            }
            exporter.finish()
        };
        Ok(Self::csv_text(written().map_err(AppError::io("write CSV"))?))
    }

    /// Returns CSV as output.
    pub(super) fn csv_text(text: Vec<u8>) -> Self {
        let text = String::from_utf8(text)
            .unwrap_or_else(|error| String::from_utf8_lossy(error.as_bytes()).into_owned());
        Self::Rows(Format::Csv, text.trim_end().to_owned())
    }

    /// Prints; a closed pipe ends the output without an error.
    pub(super) fn print(&self) -> Result<(), AppError> {
        let printed = match self {
            Self::Page(text) => {
                let text = printable::styled(text);
                writeln!(styled_where_seen(io::stdout()).lock(), "{}", fitted_to(&io::stdout(), &text))
            }
            Self::Rows(format, text) if io::stdout().is_terminal() => {
                writeln!(io::stdout().lock(), "{}", on_terminal(*format, text, &mut false))
            }
            Self::Data(text) | Self::Rows(_, text) => writeln!(io::stdout().lock(), "{text}"),
        };
        match printed {
            Err(error) if error.kind() != ErrorKind::BrokenPipe => {
                Err(AppError::io("write the output")(error))
            }
            _ => Ok(()),
        }
    }
}

/// Returns a piece of CSV for a terminal; `is_quoted` as in [`printable::csv`].
pub(super) fn on_terminal<'a>(format: Format, text: &'a str, is_quoted: &mut bool) -> Cow<'a, str> {
    match format {
        Format::Csv => printable::csv(text, is_quoted),
        Format::Json | Format::Ndjson => printable::json(text),
    }
}

/// Returns a stream that omits styles unless they are requested and supported.
pub(super) fn styled_where_seen<S: RawStream>(stream: S) -> AutoStream<S> {
    let is_styled = is_styled(|name| std::env::var_os(name), stream.is_terminal());
    AutoStream::new(stream, if is_styled { ColorChoice::Always } else { ColorChoice::Never })
}

/// Returns whether styles are written, according to <https://no-color.org> and <https://bixense.com/clicolors>.
/// `anstream` itself treats `CLICOLOR_FORCE=0` as a request for styles.
fn is_styled(variable: impl Fn(&str) -> Option<OsString>, is_terminal: bool) -> bool {
    let set = |name: &str| variable(name).filter(|value| !value.is_empty());
    let switch = |name: &str| set(name).map(|value| value != "0");
    if set("NO_COLOR").is_some() {
        return false;
    }
    match (switch("CLICOLOR_FORCE"), switch("CLICOLOR")) {
        (Some(true), _) => true,
        (_, Some(is_on)) => is_on && is_terminal,
        (_, None) => is_terminal && set("TERM").map_or(cfg!(windows), |terminal| terminal != "dumb"),
    }
}

/// Returns a text as a heading.
pub(super) fn bold(text: &str) -> String {
    styled(Style::new().bold(), text)
}

/// Returns a text as a note.
pub(super) fn dim(text: &str) -> String {
    styled(Style::new().dimmed(), text)
}

/// Returns a text as a warning.
pub(super) fn warning(text: &str) -> String {
    styled(AnsiColor::Yellow.on_default(), text)
}

/// Returns a text as a success.
pub(super) fn good(text: &str) -> String {
    styled(AnsiColor::Green.on_default(), text)
}

/// Returns a text as an error.
pub(super) fn bad(text: &str) -> String {
    styled(AnsiColor::Red.on_default(), text)
}

fn styled(style: Style, text: &str) -> String {
    if text.is_empty() { String::new() } else { format!("{style}{text}{style:#}") }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn styles_are_written_where_they_are_wanted_and_seen() {
        let check = |variables: &[(&str, &str)], on_terminal: bool, in_pipe: bool| {
            let variable = |name: &str| {
                let found = variables.iter().rfind(|(of, _)| *of == name);
                found.map(|(_, value)| OsString::from(value)).or((name == "TERM").then(|| "xterm".into()))
            };
            let is_styled = [true, false].map(|is_terminal| is_styled(variable, is_terminal));
            assert_eq!(is_styled, [on_terminal, in_pipe], "{variables:?}");
        };
        check(&[], true, false);
        check(&[("TERM", "dumb")], false, false);
        check(&[("TERM", "")], cfg!(windows), false);
        for value in ["1", "0", "no"] {
            check(&[("NO_COLOR", value)], false, false);
            check(&[("NO_COLOR", value), ("CLICOLOR_FORCE", "1")], false, false);
        }
        check(&[("NO_COLOR", "")], true, false);
        for value in ["1", "yes"] {
            check(&[("CLICOLOR_FORCE", value), ("CLICOLOR", "0"), ("TERM", "dumb")], true, true);
            check(&[("CLICOLOR", value), ("TERM", "dumb")], true, false);
        }
        for value in ["0", ""] {
            check(&[("CLICOLOR_FORCE", value)], true, false);
            check(&[("CLICOLOR_FORCE", value), ("TERM", "dumb")], false, false);
            check(&[("CLICOLOR_FORCE", value), ("CLICOLOR", "0")], false, false);
        }
    }
}
