//! Figures that could not be stored because the database was busy: kept beside it until the next
//! time.

use crate::error::AppError;
use ctm_storage::{StorageError, Store};
use ctm_types::{LimitSample, LimitWindow};
use serde::{Deserialize, Serialize};
use std::fs::File;
use std::io::{Read, Seek, Write};
use std::path::PathBuf;
use std::time::Duration;

/// How long another process that writes is waited for.
const PATIENCE: Duration = Duration::from_millis(20);

/// A figure as it is kept: a line of JSON.
#[derive(Serialize, Deserialize)]
struct Line {
    home: String,
    session: String,
    window_hours: i64,
    used_percentage: f64,
    resets_at_ms: Option<i64>,
    at_ms: i64,
}

/// Stores what was told of limits, with what was kept before; while the database is busy it is kept.
///
/// # Errors
///
/// Fails when neither is possible.
pub(super) async fn store(store: &Store, told: Vec<LimitSample>) -> Result<(), AppError> {
    let path = place(store);
    let mut spool = if path.exists() { Some(Spool::open(path)?) } else { None };
    let mut samples = spool.as_mut().map_or_else(|| Ok(Vec::new()), Spool::read)?;
    samples.extend(told.iter().cloned());
    match store.add_limit_samples(&samples, PATIENCE).await {
        Ok(()) => spool.map_or(Ok(()), Spool::empty),
        Err(StorageError::Locked { .. }) => match spool {
            Some(mut spool) => spool.keep(&told),
            None => Spool::open(place(store))?.keep(&told),
        },
        Err(error) => Err(error.into()),
    }
}

fn place(store: &Store) -> PathBuf {
    let mut name = store.path().as_os_str().to_owned();
    name.push(".limits");
    name.into()
}

/// The file, locked as long as it is open.
struct Spool {
    path: PathBuf,
    file: File,
}

impl Spool {
    fn open(path: PathBuf) -> Result<Self, AppError> {
        let open = || {
            let file = File::options().read(true).append(true).create(true).open(&path)?;
            file.lock()?;
            Ok(file)
        };
        let file = open().map_err(AppError::io(format!("use `{}`", path.display())))?;
        Ok(Self { path, file })
    }

    fn read(&mut self) -> Result<Vec<LimitSample>, AppError> {
        let mut text = String::new();
        self.file.read_to_string(&mut text).map_err(self.failed("read"))?;
        Ok(text.lines().filter_map(|line| serde_json::from_str::<Line>(line).ok()?.sample()).collect())
    }

    fn keep(&mut self, samples: &[LimitSample]) -> Result<(), AppError> {
        let mut text = String::new();
        for sample in samples {
            let line = serde_json::to_string(&Line::of(sample)).expect("texts and numbers are always JSON");
            text.push_str(&line);
            text.push('\n');
        }
        self.file.write_all(text.as_bytes()).map_err(self.failed("write"))
    }

    fn empty(mut self) -> Result<(), AppError> {
        let emptied = self.file.set_len(0).and_then(|()| self.file.rewind());
        emptied.map_err(self.failed("empty"))
    }

    fn failed(&self, what: &str) -> impl FnOnce(std::io::Error) -> AppError + use<> {
        AppError::io(format!("{what} `{}`", self.path.display()))
    }
}

impl Line {
    fn of(sample: &LimitSample) -> Self {
        Self {
            home: sample.home.clone(),
            session: sample.session.clone(),
            window_hours: sample.window.hours(),
            used_percentage: sample.used_percentage,
            resets_at_ms: sample.resets_at_ms,
            at_ms: sample.last_at_ms,
        }
    }

    fn sample(self) -> Option<LimitSample> {
        Some(LimitSample {
            home: self.home,
            session: self.session,
            window: LimitWindow::ALL.into_iter().find(|window| window.hours() == self.window_hours)?,
            used_percentage: self.used_percentage,
            resets_at_ms: self.resets_at_ms,
            first_at_ms: self.at_ms,
            last_at_ms: self.at_ms,
        })
    }
}
