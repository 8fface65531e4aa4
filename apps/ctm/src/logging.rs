//! Logs: to standard output for the server, to standard error for everything else, and to a file
//! if one is set, which is set aside each day and when it is large.

use crate::error::AppError;
use crate::settings::Settings;
use std::io::{self, Write};
use std::path::Path;
use std::sync::Mutex;
use tracing_rolling_file::{RollingConditionBase, RollingFileAppenderBase};
use tracing_subscriber::fmt::writer::BoxMakeWriter;
use tracing_subscriber::layer::SubscriberExt;
use tracing_subscriber::util::SubscriberInitExt;
use tracing_subscriber::{EnvFilter, Layer, Registry, fmt, reload};

/// Log files that are kept beside the one that is written.
const KEPT_FILES: usize = 7;

/// Size at which a log file is set aside, in bytes.
const MOST_BYTES: u64 = 10_000_000;

/// How a line of the log looks.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum LogFormat {
    /// Text, for people.
    Text,
    /// A JSON object, for programs.
    Json,
}

impl LogFormat {
    /// Returns the format's name.
    #[must_use]
    pub fn name(self) -> &'static str {
        match self {
            Self::Text => "text",
            Self::Json => "json",
        }
    }

    pub(crate) fn parse(text: &str) -> Option<Self> {
        [Self::Text, Self::Json].into_iter().find(|format| format.name() == text)
    }
}

/// Where logs go beside the file.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Console {
    /// Standard output, everything that the level lets through.
    Out,
    /// Standard error, warnings and errors only, because standard output is the answer.
    Err,
    /// Nowhere: something else is drawn on the terminal. What the file takes is as for [`Console::Err`].
    Nowhere,
}

/// Changes what is logged while the program runs.
#[derive(Debug, Clone)]
pub struct LogLevel(reload::Handle<EnvFilter, Registry>);

impl LogLevel {
    /// Changes the level; a filter that is not understood changes nothing.
    pub fn set(&self, filter: &str) {
        if let Ok(filter) = EnvFilter::try_new(filter) {
            // The subscriber lives as long as the process.
            let _ = self.0.reload(filter);
        }
    }
}

/// Begins to log.
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
        Console::Out => Some(BoxMakeWriter::new(io::stdout)),
        Console::Err => Some(BoxMakeWriter::new(io::stderr)),
        Console::Nowhere => None,
    };
    let file = settings.log_file.as_deref().map(file).transpose()?;
    // The file goes first: what the console shows is in it.
    let writers = [file, console].into_iter().flatten();
    let layer = |writer| {
        let layer = fmt::layer().with_writer(writer).with_ansi(false);
        match settings.log_format {
            LogFormat::Text => layer.with_target(false).boxed(),
            LogFormat::Json => layer.json().flatten_event(true).with_span_list(false).boxed(),
        }
    };
    let layers: Vec<_> = writers.map(layer).collect();
    // A second start in one process, as tests make, keeps the first one's subscriber.
    let _ = tracing_subscriber::registry().with(filter).with(layers).try_init();
    if is_server {
        // A panic is logged like everything else, with the id of the request that it happened in.
        std::panic::set_hook(Box::new(|panic| tracing::error!("{panic}")));
    }
    Ok(LogLevel(handle))
}

fn file(path: &Path) -> Result<BoxMakeWriter, AppError> {
    let fail = || AppError::io(format!("log to `{}`", path.display()));
    if let Some(folder) = path.parent().filter(|folder| !folder.as_os_str().is_empty()) {
        std::fs::create_dir_all(folder).map_err(fail())?;
    }
    let condition = RollingConditionBase::new().daily().max_size(MOST_BYTES);
    let file = RollingFileAppenderBase::new(path, condition, KEPT_FILES);
    file.map(|file| BoxMakeWriter::new(Mutex::new(AtOnce(file)))).map_err(fail())
}

/// Writes each line when it is logged: the file by itself would keep lines back, and lose them when
/// the program is killed.
struct AtOnce(RollingFileAppenderBase);

impl Write for AtOnce {
    fn write(&mut self, bytes: &[u8]) -> io::Result<usize> {
        let written = self.0.write(bytes)?;
        self.0.flush().map(|()| written)
    }

    fn flush(&mut self) -> io::Result<()> {
        self.0.flush()
    }
}
