//! Logs: to standard output for the server, to standard error for everything else, and to a
//! file of the day if one is set.

use crate::error::AppError;
use crate::settings::Settings;
use std::path::Path;
use tracing_appender::rolling::{RollingFileAppender, Rotation};
use tracing_subscriber::fmt::writer::BoxMakeWriter;
use tracing_subscriber::layer::SubscriberExt;
use tracing_subscriber::util::SubscriberInitExt;
use tracing_subscriber::{EnvFilter, Layer, Registry, fmt, reload};

/// Log files that are kept.
const KEPT_FILES: usize = 7;

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
/// Fails when the log file's folder cannot be written.
pub fn start(settings: &Settings, console: Console) -> Result<LogLevel, AppError> {
    let level = match console {
        Console::Out => settings.log_level.as_str(),
        Console::Err | Console::Nowhere => "warn",
    };
    let is_server = console == Console::Out;
    let (filter, handle) = reload::Layer::new(EnvFilter::new(level));
    let console = match console {
        Console::Out => Some(BoxMakeWriter::new(std::io::stdout)),
        Console::Err => Some(BoxMakeWriter::new(std::io::stderr)),
        Console::Nowhere => None,
    };
    let file = settings.log_file.as_deref().map(file_of_the_day).transpose()?;
    let writers = [console, file.map(BoxMakeWriter::new)].into_iter().flatten();
    let layer = |writer| fmt::layer().with_writer(writer).with_ansi(false).with_target(false).boxed();
    let layers: Vec<_> = writers.map(layer).collect();
    // A second start in one process, as tests make, keeps the first one's subscriber.
    let _ = tracing_subscriber::registry().with(filter).with(layers).try_init();
    if is_server {
        // A panic is logged like everything else, with the id of the request that it happened in.
        std::panic::set_hook(Box::new(|panic| tracing::error!("{panic}")));
    }
    Ok(LogLevel(handle))
}

fn file_of_the_day(path: &Path) -> Result<RollingFileAppender, AppError> {
    let fail = |message: String| {
        AppError::io(format!("log to `{}`", path.display()))(std::io::Error::other(message))
    };
    let stem =
        path.file_stem().and_then(|stem| stem.to_str()).ok_or_else(|| fail("it has no file name".into()))?;
    let mut builder = RollingFileAppender::builder()
        .rotation(Rotation::DAILY)
        .filename_prefix(stem)
        .max_log_files(KEPT_FILES);
    if let Some(extension) = path.extension().and_then(|extension| extension.to_str()) {
        builder = builder.filename_suffix(extension);
    }
    let folder = path.parent().filter(|folder| !folder.as_os_str().is_empty()).unwrap_or(Path::new("."));
    // The appender complains of a folder that is not there yet before it creates it.
    std::fs::create_dir_all(folder).map_err(|error| fail(error.to_string()))?;
    builder.build(folder).map_err(|error| fail(error.to_string()))
}
