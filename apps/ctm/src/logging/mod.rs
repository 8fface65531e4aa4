//! Logs: to standard output for the server, to standard error for all other commands, and to a file
//! if one is set, which is rotated daily and by size.
//!
//! An event is one line, whatever the names in it contain. Logging never blocks: lines that cannot be written in
//! time are dropped and counted ([`status`]).

mod file;
mod sink;

use crate::error::AppError;
use crate::wrapping::fitted_to;
use ctm_config::settings::{LogFormat, Settings};
use ctm_ingest::conditions::LogStatus;
use ctm_report::clock::Clock;
use ctm_types::printable;
use file::LogFile;
use sink::Sink;
use std::backtrace::{Backtrace, BacktraceStatus};
use std::fmt::Display;
use std::io::{self, Write};
use std::panic::PanicHookInfo;
use std::path::Path;
use std::sync::{LazyLock, Mutex, PoisonError};
use std::time::{Duration, Instant};
use tracing::Metadata;
use tracing_subscriber::filter::FilterFn;
use tracing_subscriber::fmt::MakeWriter;
use tracing_subscriber::layer::SubscriberExt;
use tracing_subscriber::util::SubscriberInitExt;
use tracing_subscriber::{EnvFilter, Layer, Registry, fmt, reload};

/// Maximum time that the program waits at its end for pending log lines.
const FAREWELL: Duration = Duration::from_secs(1);

/// The library that sends requests to channels: it logs addresses and bytes, which are secret, at whatever level a person sets.
const SILENT: [&str; 2] = ["ureq", "ureq_proto"];

/// Standard output, used by the server only: other commands write to it directly.
static OUT: LazyLock<Sink> = LazyLock::new(|| registered(Sink::new("standard output", stream(io::stdout()))));

/// Standard error.
static ERR: LazyLock<Sink> = LazyLock::new(|| registered(Sink::new("standard error", stream(io::stderr()))));

/// All sinks in use.
static SINKS: Mutex<Vec<Sink>> = Mutex::new(Vec::new());

/// Destination of logs besides the file.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Console {
    /// Standard output, with everything that the level allows.
    Out,
    /// Standard error, with warnings and errors only, because standard output is the result.
    Err,
    /// None: the terminal is drawn on. The file is as for [`Console::Err`].
    Nowhere,
}

/// Changes the log level while the program runs.
#[derive(Debug, Clone)]
pub struct LogLevel(reload::Handle<EnvFilter, Registry>);

impl LogLevel {
    /// Changes the level; an invalid filter changes nothing.
    pub fn set(&self, filter: &str) {
        if let Ok(filter) = EnvFilter::try_new(filter) {
            // The subscriber lives as long as the process.
            let _ = self.0.reload(filter);
        }
    }
}

/// Returns the health of logging.
#[must_use]
pub fn status() -> LogStatus {
    let mut status = LogStatus::default();
    for sink in sinks() {
        let of = sink.status();
        status.dropped_lines += of.dropped_lines;
        status.last_error = of.last_error.or(status.last_error);
        status.is_losing |= of.is_losing;
    }
    status
}

/// Starts logging, with the warnings of the settings.
///
/// # Errors
///
/// Fails when the log file cannot be written.
pub fn start(settings: &Settings, console: Console) -> Result<LogLevel, AppError> {
    let level = match console {
        Console::Out => settings.log_level.as_str(),
        Console::Err | Console::Nowhere => "warn",
    };
    let is_server = console == Console::Out;
    let (filter, handle) = reload::Layer::new(EnvFilter::new(level));
    let console = match console {
        Console::Out => Some(OUT.clone()),
        Console::Err => Some(ERR.clone()),
        Console::Nowhere => None,
    };
    let file = settings.log_file.as_deref().map(|path| open(path, settings)).transpose()?;
    let is_exposed = file.as_ref().is_some_and(|(_, is_exposed)| *is_exposed);
    // The file is first: everything on the console is in it.
    let sinks = [file.map(|(sink, _)| sink), console].into_iter().flatten();
    let layer = |sink| {
        let writer = Lines { sink, format: settings.log_format };
        let layer = fmt::layer().with_writer(writer).with_ansi(false);
        match settings.log_format {
            LogFormat::Text => layer.with_target(false).boxed(),
            LogFormat::Json => layer.json().flatten_event(true).with_span_list(false).boxed(),
        }
    };
    let layers: Vec<_> = sinks.map(layer).collect();
    // A second start in one process, as in tests, keeps the first subscriber.
    let _ =
        tracing_subscriber::registry().with(filter).with(FilterFn::new(is_logged)).with(layers).try_init();
    if is_exposed {
        tracing::warn!("others on this machine may read the log file");
    }
    settings.warnings.iter().for_each(|warning| tracing::warn!("{warning}"));
    if is_server {
        // A panic is logged like other errors, with the id of its request.
        std::panic::set_hook(Box::new(|panic| tracing::error!("{}", text_of(panic))));
    }
    Ok(LogLevel(handle))
}

fn is_logged(event: &Metadata<'_>) -> bool {
    event.target().split("::").next().is_none_or(|library| !SILENT.contains(&library))
}

/// Writes a line to standard output in order with the lines of the log.
pub(crate) fn announce(line: impl Display) {
    OUT.push(&format!("{}\n", printable::one_line(&line.to_string())));
}

/// Writes a message to the user on standard error.
pub(crate) fn complain(message: impl Display) {
    let text = format!("ctm: {}\n", printable::lines(&message.to_string()));
    ERR.push(&fitted_to(&io::stderr(), &text));
}

/// Reports panics on standard error like other errors, with names made safe to show.
pub(crate) fn report_panics() {
    std::panic::set_hook(Box::new(|panic| {
        complain(text_of(panic));
        let backtrace = Backtrace::capture();
        if backtrace.status() == BacktraceStatus::Captured {
            complain(backtrace);
        }
    }));
}

/// Waits until all lines are written, for a limited time.
pub(crate) fn finish() {
    let until = Instant::now() + FAREWELL;
    sinks().iter().for_each(|sink| sink.flush(until));
}

fn text_of(panic: &PanicHookInfo<'_>) -> String {
    // The first line ends with the location.
    panic.to_string().replacen(":\n", ": ", 1)
}

fn sinks() -> Vec<Sink> {
    SINKS.lock().unwrap_or_else(PoisonError::into_inner).clone()
}

fn registered(sink: Sink) -> Sink {
    SINKS.lock().unwrap_or_else(PoisonError::into_inner).push(sink.clone());
    sink
}

/// Returns the log file, and whether others may read it.
fn open(path: &Path, settings: &Settings) -> Result<(Sink, bool), AppError> {
    let name = format!("log to `{}`", path.display());
    let file = LogFile::open(path, settings.tz, Clock::system()).map_err(AppError::io(name))?;
    let is_exposed = file.is_exposed();
    let name = format!("the log file `{}`", printable::path(path));
    Ok((registered(Sink::new(name, file)), is_exposed))
}

/// Returns a standard stream without its buffer, which would be written at the end of the
/// process, and block.
#[cfg(unix)]
fn stream(stream: impl std::os::fd::AsFd + Write + Send + 'static) -> Box<dyn Write + Send> {
    match stream.as_fd().try_clone_to_owned() {
        Ok(stream) => Box::new(std::fs::File::from(stream)),
        Err(_) => Box::new(stream),
    }
}

/// Returns a standard stream.
#[cfg(not(unix))]
fn stream(stream: impl Write + Send + 'static) -> Box<dyn Write + Send> {
    Box::new(stream)
}

/// Writes events, each as exactly one line.
struct Lines {
    sink: Sink,
    format: LogFormat,
}

impl<'a> MakeWriter<'a> for Lines {
    type Writer = &'a Self;

    fn make_writer(&'a self) -> &'a Self {
        self
    }
}

impl Write for &Lines {
    /// Writes an event, which arrives as a whole.
    fn write(&mut self, event: &[u8]) -> io::Result<usize> {
        let text = String::from_utf8_lossy(event);
        let text = text.strip_suffix('\n').unwrap_or(&text);
        let line = match self.format {
            LogFormat::Text => printable::one_line(text),
            LogFormat::Json => printable::json(text),
        };
        self.sink.push(&format!("{line}\n"));
        Ok(event.len())
    }

    fn flush(&mut self) -> io::Result<()> {
        Ok(())
    }
}
