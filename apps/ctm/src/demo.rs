//! `ctm serve --demo`: a generated Claude home in which somebody works.

use crate::error::AppError;
use chrono_tz::Tz;
use ctm_corpus::{CorpusError, LiveWork, Plan, generate};
use ctm_report::clock::Clock;
use ctm_types::printable::with_causes;
use std::path::{Path, PathBuf};
use tempfile::TempDir;

/// Fixed, so that the demo is the same on every machine.
const SEED: u64 = 20;

/// A generated home, and folders for its database and rules; all are deleted when it is dropped.
pub struct Demo {
    folder: TempDir,
}

impl Demo {
    /// Generates the home in a new temporary folder.
    ///
    /// # Errors
    ///
    /// Fails when the folder cannot be written.
    pub fn generate(clock: &Clock, tz: Tz) -> Result<Self, AppError> {
        let place = std::env::temp_dir();
        let failed = || format!("generate the demo in `{}`", place.display());
        let folder = tempfile::Builder::new().prefix("ctm-demo-").tempdir_in(&place);
        let demo = Self { folder: folder.map_err(AppError::io(failed()))? };
        let now = clock.now();
        let offset_s = chrono::Offset::fix(now.with_timezone(&tz).offset()).local_minus_utc();
        let plan = Plan { utc_offset_minutes: offset_s / 60, ..Plan::demo(SEED, now.timestamp_millis()) };
        generate(&plan, &demo.home())
            .map_err(|error| AppError::io(failed())(std::io::Error::other(error)))?;
        Ok(demo)
    }

    /// The Claude home.
    #[must_use]
    pub fn home(&self) -> PathBuf {
        self.folder.path().join("claude")
    }

    /// A place for the database.
    #[must_use]
    pub fn database(&self) -> PathBuf {
        self.folder.path().join("data").join("ctm.db")
    }

    /// A place for the rules of its projects.
    #[must_use]
    pub fn config(&self) -> PathBuf {
        self.folder.path().join("config").join("config.toml")
    }

    /// Works in the home as one person does, until it is cancelled.
    pub async fn live(home: PathBuf, clock: Clock) {
        if let Err(error) = work(&home, &clock).await {
            tracing::warn!("demo generator stopped: {}", with_causes(&error));
        }
    }
}

async fn work(home: &Path, clock: &Clock) -> Result<(), CorpusError> {
    let mut work = LiveWork::begin(home, SEED, clock.now_ms().0)?;
    loop {
        let pause = work.append(clock.now_ms().0)?;
        tokio::time::sleep(pause).await;
    }
}
